import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import type { ReceiveMessageResult, SQSClient } from "@aws-sdk/client-sqs";
import { sqsCallError } from "./sqs-call-error.ts";
import type { SqsDelivery } from "./sqs-settle.ts";

export type ReceiveRequest = {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly limit: number;
  /** How long the call waits for a first message; 0 asks some of SQS's servers only, so that it may miss messages. */
  readonly waitSeconds: number;
  /** Default: the queue's. */
  readonly visibilitySeconds?: number | undefined;
};

/** SQS hands out no more at a time. */
const mostAtATime = 10;

/** `reason`: of a dead letter. */
export type SqsReceived = SqsDelivery & { readonly reason: string | undefined };

/** At most `limit` messages, and never more than ten. Rejects with a CallError. */
export async function receive(request: ReceiveRequest): Promise<SqsReceived[]> {
  const { client, queueUrl, limit, waitSeconds, visibilitySeconds } = request;
  if (limit < 1) return [];
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: Math.min(mostAtATime, limit),
    WaitTimeSeconds: waitSeconds,
    VisibilityTimeout: visibilitySeconds,
    MessageSystemAttributeNames: ["ApproximateReceiveCount", "MessageGroupId"],
    MessageAttributeNames: ["reason"],
  });
  let result: ReceiveMessageResult;
  try {
    result = await client.send(command);
  } catch (error) {
    throw sqsCallError(error, "ReceiveMessage", queueUrl);
  }
  return (result.Messages ?? []).map(({ MessageId, ReceiptHandle, Body, Attributes, MessageAttributes }) => ({
    messageId: MessageId ?? "",
    receiptHandle: ReceiptHandle ?? "",
    receives: Number(Attributes?.ApproximateReceiveCount ?? 1),
    group: Attributes?.MessageGroupId,
    body: Body ?? "",
    reason: MessageAttributes?.["reason"]?.StringValue,
  }));
}
