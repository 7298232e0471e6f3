import { setTimeout as pause } from "node:timers/promises";
import { DeleteMessageBatchCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import type { Message, SQSClient } from "@aws-sdk/client-sqs";
import type { SQSEvent } from "aws-lambda";
import { failedItems } from "./failed-items.ts";
import { sqsRecord } from "./sqs-record.ts";

export type SqsEventsOptions = {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  /** A Lambda function; what it answers is read as with `ReportBatchItemFailures`. */
  readonly handler: (event: SQSEvent) => Promise<unknown>;
  /** Most messages of an event, 1 to 10. Default: 10. */
  readonly batchSize?: number;
  /** Most events at a time. Default: 10. */
  readonly maximumConcurrency?: number;
  /** How long a call waits for a first message, whole seconds; stopping waits for it. Default: 1. */
  readonly waitSeconds?: number;
  /** A batch that failed as a whole, or a call that failed; neither ends anything. */
  readonly onError?: (error: unknown) => void;
};

export type SqsEvents = {
  /** Events that the function is working on. */
  running(): number;
  /** Asks for no more messages; resolves when those that are here have been worked on. */
  stop(): Promise<void>;
};

/** After a call that brought nothing, and after one that failed. */
const emptyPauseMs = 10;
const failedPauseMs = 200;

/**
 * What Lambda's event source mapping does with a queue: hands its messages to a function and deletes those that the
 * function did not name as failed, none if it failed itself. What is left comes back by its visibility timeout. Unlike
 * Lambda it asks with one call at a time, and waits for no batch to fill.
 */
export function startSqsEvents(options: SqsEventsOptions): SqsEvents {
  const { maximumConcurrency = 10, onError = () => undefined } = options;
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (running.size >= maximumConcurrency) {
        await Promise.race(running);
        continue;
      }
      try {
        const messages = await receive(options);
        if (messages.length === 0) {
          await pause(emptyPauseMs);
          continue;
        }
        const event = invoke(options, messages).catch(onError);
        running.add(event);
        void event.then(() => running.delete(event));
      } catch (error) {
        onError(error);
        await pause(failedPauseMs);
      }
    }
    await Promise.all(running);
  };
  const looping = loop();
  return {
    running: () => running.size,
    async stop() {
      stopping.abort();
      await looping;
    },
  };
}

async function receive({ client, queueUrl, batchSize = 10, waitSeconds = 1 }: SqsEventsOptions): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: batchSize,
    WaitTimeSeconds: waitSeconds,
    MessageSystemAttributeNames: ["All"],
    MessageAttributeNames: ["All"],
  });
  return (await client.send(command)).Messages ?? [];
}

/** Rejects when the function failed, or when what it is through with could not be deleted. */
async function invoke(options: SqsEventsOptions, messages: readonly Message[]): Promise<void> {
  const { client, queueUrl, queueArn, handler } = options;
  const Records = messages.map((message) => sqsRecord(message, queueArn));
  const failed = failedItems(
    await handler({ Records }),
    Records.map(({ messageId }) => messageId),
  );
  const Entries = Records.filter(({ messageId }) => !failed.has(messageId)).map(({ receiptHandle }, place) => ({
    Id: String(place),
    ReceiptHandle: receiptHandle,
  }));
  if (Entries.length > 0) await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
}
