import { ChangeMessageVisibilityCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Verdict } from "../../../core/ports.ts";
import { dueAgain } from "../delay.ts";
import { deadLetterAttributes } from "./dead-letter-attributes.ts";
import { sqsCallError } from "./sqs-call-error.ts";

/** What a verdict needs to know of a message that SQS has handed out. */
export type SqsDelivery = {
  readonly messageId: string;
  readonly receiptHandle: string;
  /** Counts from 1. */
  readonly receives: number;
  /** Its `MessageGroupId`. */
  readonly group: string | undefined;
  /** What the dead-letter queue is to keep of it. */
  readonly body: string;
};

/**
 * Carries a verdict out, all but the deletion, which is the business of whoever has received the message: `remove` it
 * from the queue, or `leave` it, because it comes back by itself or is somebody else's by now. Rejects with a CallError;
 * then the message stays and comes back too.
 */
export type SqsSettle = (delivery: SqsDelivery, verdict: Verdict) => Promise<"remove" | "leave">;

export type SqsSettleOptions = {
  /** Of the queues' region. */
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** A standard queue as well. */
  readonly deadLetterQueueUrl: string;
};

/** Time enough to bury a message; if that fails it comes back after this. */
const holdSeconds = 60;

/** What verdicts mean on SQS, for workers that Lambda's event source feeds and for those that receive by themselves. */
export function sqsSettle(options: SqsSettleOptions): SqsSettle {
  return async (delivery, verdict) => {
    if (verdict.outcome === "done") return "remove";
    if (verdict.outcome === "again") {
      await hide(options, delivery, dueAgain(0, verdict.afterSeconds) / 1000);
      return "leave";
    }
    // Held first: a worker that was believed dead buries nothing that another one works on, as far as SQS tells it.
    if (!(await hide(options, delivery, holdSeconds))) return "leave";
    await bury(options, delivery, verdict.reason);
    return "remove";
  };
}

/** Nobody gets the message for so long, from now on. False: it is not in this worker's hands any more. */
async function hide(
  { client, queueUrl }: SqsSettleOptions,
  { receiptHandle }: SqsDelivery,
  seconds: number,
): Promise<boolean> {
  const VisibilityTimeout = Math.ceil(seconds);
  const command = new ChangeMessageVisibilityCommand({
    QueueUrl: queueUrl,
    ReceiptHandle: receiptHandle,
    VisibilityTimeout,
  });
  try {
    await client.send(command);
    return true;
  } catch (error) {
    if (isNotOurs(error as Error)) return false;
    throw sqsCallError(error, "ChangeMessageVisibility", queueUrl);
  }
}

/** The API reference names the code; what SQS sends has long been the other one, known by its words only. */
function isNotOurs({ name, message }: Error): boolean {
  return (
    name === "MessageNotInflight" ||
    (name === "InvalidParameterValue" && /not available for visibility timeout change/i.test(message))
  );
}

async function bury(
  { client, deadLetterQueueUrl }: SqsSettleOptions,
  delivery: SqsDelivery,
  reason: string,
): Promise<void> {
  const command = new SendMessageCommand({
    QueueUrl: deadLetterQueueUrl,
    MessageBody: delivery.body,
    MessageAttributes: deadLetterAttributes(delivery, reason),
    MessageGroupId: delivery.group,
  });
  try {
    await client.send(command);
  } catch (error) {
    throw sqsCallError(error, "SendMessage", deadLetterQueueUrl);
  }
}
