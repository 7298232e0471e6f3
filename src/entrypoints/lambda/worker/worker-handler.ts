import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { messageBody } from "../../../adapters/queue/sqs/message-body.ts";
import type { SqsDelivery, SqsSettle } from "../../../adapters/queue/sqs/sqs-settle.ts";
import type { App } from "../../../core/app.ts";
import { again, done } from "../../../core/core.ts";
import type { Log, Message, Verdict } from "../../../core/ports.ts";
import { readWork } from "./read-work.ts";
import { timeLimit } from "./time-limit.ts";

export type WorkerDoor = {
  readonly app: Pick<App, "onMessage">;
  /** See `sqsSettle`; it must give its calls a time limit of their own. */
  readonly settle: SqsSettle;
  readonly log: Log;
  /** So long before the function's own time limit it answers, whatever is not through. Default: 2000. */
  readonly marginMs?: number;
};

export type WorkerHandler = (
  event: SQSEvent,
  context: Pick<Context, "getRemainingTimeInMillis">,
) => Promise<SQSBatchResponse>;

const firstRetrySeconds = 5;

/** What became of a record: the event source deletes it, or leaves it in the queue. */
type End = "remove" | "leave";

/**
 * The worker on Lambda, for an event source with `ReportBatchItemFailures`. All records of a batch are worked on at
 * once and each by itself: one that fails costs no other. A record that comes back, at the time of its verdict or after
 * the queue's visibility timeout, is named in the answer; what can never be read goes to the dead-letter queue at once.
 * Never rejects, and answers before the function's time is over, because otherwise the whole batch would come back.
 */
export function workerHandler(door: WorkerDoor): WorkerHandler {
  const { log, marginMs = 2000 } = door;
  return async (event, context) => {
    const records = event.Records ?? [];
    const limit = timeLimit(context.getRemainingTimeInMillis() - marginMs);
    const late: string[] = [];
    const ends = await Promise.all(
      records.map(async (record): Promise<End> => {
        const end = await Promise.race([work(door, record, limit.isOver), limit.over]);
        if (end === undefined) late.push(record.messageId);
        return end ?? "leave";
      }),
    );
    limit.clear();
    if (late.length > 0) log.warn("messages come back: the function's time was over", { messageIds: late });
    const left = records.filter((_, place) => ends[place] === "leave");
    return { batchItemFailures: left.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

async function work({ app, settle, log }: WorkerDoor, record: SQSRecord, isOver: () => boolean): Promise<End> {
  try {
    const { verdict, delivery } = await judge(app, record, log);
    // The answer is long given, and the environment may have slept since: it may be somebody else's message by now.
    return isOver() ? "leave" : await settle(delivery, verdict);
  } catch (error) {
    log.error("a message comes back by itself", { messageId: record.messageId, detail: detailOf(error) });
    return "leave";
  }
}

async function judge(
  app: WorkerDoor["app"],
  record: SQSRecord,
  log: Log,
): Promise<{ readonly verdict: Verdict; readonly delivery: SqsDelivery }> {
  const { messageId, receiptHandle, body, attributes } = record;
  const receives = Number(attributes.ApproximateReceiveCount);
  const delivery = { messageId, receiptHandle, receives, group: attributes.MessageGroupId, body };
  const read = readWork(body);
  if (read.is === "unreadable") {
    log.error("a message cannot be read", { messageId, reason: read.reason });
    return { verdict: { outcome: "dead-letter", reason: read.reason }, delivery };
  }
  if (read.is === "nothing") return { verdict: done, delivery };
  const verdict = await askCore(app, read.message, delivery, log);
  // As the core knows it: Lambda's own record holds the claim token, which has no business in another queue.
  return { verdict, delivery: { ...delivery, body: messageBody(read.message) } };
}

/** The core has a verdict for everything; without it (no secrets, a broken message) the next try follows soon, then later. */
async function askCore(
  app: WorkerDoor["app"],
  message: Message,
  { messageId, receives }: SqsDelivery,
  log: Log,
): Promise<Verdict> {
  try {
    return await app.onMessage(message, receives);
  } catch (error) {
    const detail = detailOf(error);
    log.error("a message could not be worked on", { messageId, receives, detail });
    return again(firstRetrySeconds * 2 ** (receives - 1), detail);
  }
}

function detailOf(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500);
}
