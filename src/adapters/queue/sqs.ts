import { DeleteMessageCommand, GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import type { GetQueueAttributesResult } from "@aws-sdk/client-sqs";
import { CallError, isCallError } from "../../core/errors/call-error.ts";
import type { Message } from "../../core/ports.ts";
import { parseObject } from "../json-object.ts";
import { readDeadLetters } from "./sqs/read-dead-letters.ts";
import { receive } from "./sqs/receive.ts";
import { sqsCallError } from "./sqs/sqs-call-error.ts";
import { sqsSender } from "./sqs/sqs-sender.ts";
import { sqsSettle } from "./sqs/sqs-settle.ts";
import type { SqsDelivery, SqsSettleOptions } from "./sqs/sqs-settle.ts";
import type { Received, WorkQueue } from "./work-queue.ts";

export type SqsQueueOptions = SqsSettleOptions & {
  /** See `ReceiveRequest`. Default: 1. */
  readonly waitSeconds?: number;
};

const counts = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesDelayed",
  "ApproximateNumberOfMessagesNotVisible",
] as const;

/**
 * Both ends of a work queue on SQS, for a process that receives by itself; the queue's own settings give the visibility
 * timeout. On Lambda its event source receives and deletes: there `sqsSender` and `sqsSettle` are all that is needed.
 * Sizes are approximate, and whoever settles late may be heard or not: SQS promises no more.
 */
export function sqsQueue(options: SqsQueueOptions): WorkQueue {
  const { client, queueUrl, deadLetterQueueUrl, waitSeconds = 1 } = options;
  const sender = sqsSender(options);
  const settleOne = sqsSettle(options);
  const deliveries = new WeakMap<Received, SqsDelivery>();
  const remove = async ({ receiptHandle }: SqsDelivery): Promise<void> => {
    try {
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle }));
    } catch (error) {
      throw sqsCallError(error, "DeleteMessage", queueUrl);
    }
  };
  const readable = async (delivery: SqsDelivery): Promise<Received[]> => {
    const { receiptHandle: id, receives, body } = delivery;
    const message = parseObject(body) as Message | undefined;
    if (message !== undefined) {
      const received = { id, receives, message };
      deliveries.set(received, delivery);
      return [received];
    }
    try {
      const next = await settleOne(delivery, { outcome: "dead-letter", reason: "its text is no JSON object" });
      if (next === "remove") await remove(delivery);
    } catch (error) {
      // it comes back; those that came with it can be worked on now
      if (!isCallError(error)) throw error;
    }
    return [];
  };
  return {
    send: async (messages) => await sender.send(messages),
    async receive(limit) {
      const some = await receive({ client, queueUrl, limit, waitSeconds });
      return (await Promise.all(some.map(readable))).flat();
    },
    async settle(received, verdict) {
      const delivery = deliveries.get(received);
      if (delivery === undefined) throw unknownMessage();
      if ((await settleOne(delivery, verdict)) === "remove") await remove(delivery);
    },
    deadLetters: async () => await readDeadLetters({ client, queueUrl: deadLetterQueueUrl, waitSeconds }),
    async size() {
      let result: GetQueueAttributesResult;
      try {
        result = await client.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...counts] }));
      } catch (error) {
        throw sqsCallError(error, "GetQueueAttributes", queueUrl);
      }
      return counts.reduce((sum, name) => sum + Number(result.Attributes?.[name] ?? 0), 0);
    },
  };
}

function unknownMessage(): CallError {
  const message = "only what this queue has received can be settled";
  return new CallError({ service: "queue", operation: "settle", kind: "invalid", message });
}
