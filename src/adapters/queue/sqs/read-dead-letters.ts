import { ChangeMessageVisibilityBatchCommand } from "@aws-sdk/client-sqs";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Message } from "../../../core/ports.ts";
import { parseObject } from "../../json-object.ts";
import type { DeadLetter } from "../work-queue.ts";
import { receive } from "./receive.ts";
import type { SqsReceived } from "./receive.ts";
import { sqsCallError } from "./sqs-call-error.ts";

export type DeadLetterOptions = {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly waitSeconds: number;
};

/** So long nobody else sees what is being read. */
const lookSeconds = 30;

/**
 * Every dead letter, which stay where they are. SQS has no way of only looking: each is received, which counts, and
 * given back. Rejects with a CallError.
 */
export async function readDeadLetters(options: DeadLetterOptions): Promise<DeadLetter[]> {
  const found = new Map<string, SqsReceived>();
  try {
    for (;;) {
      const some = await receive({ ...options, limit: 10, visibilitySeconds: lookSeconds });
      if (some.every(({ messageId }) => found.has(messageId))) break;
      for (const one of some) found.set(one.messageId, one);
    }
  } finally {
    await giveBack(options, [...found.values()]);
  }
  return [...found.values()].map(({ body, reason }) => ({
    message: parseObject(body) as Message | undefined,
    reason: reason ?? "SQS moved it here after the last receive that the queue allows",
  }));
}

async function giveBack({ client, queueUrl }: DeadLetterOptions, found: readonly SqsReceived[]): Promise<void> {
  for (let first = 0; first < found.length; first += 10) {
    const Entries = found
      .slice(first, first + 10)
      .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle, VisibilityTimeout: 0 }));
    try {
      await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
    } catch (error) {
      throw sqsCallError(error, "ChangeMessageVisibilityBatch", queueUrl);
    }
  }
}
