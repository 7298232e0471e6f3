import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import type {
  BatchResultErrorEntry,
  SendMessageBatchRequestEntry,
  SendMessageBatchResult,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { CallError, isCallError } from "../../../core/errors/call-error.ts";
import type { Queue } from "../../../core/ports.ts";
import { batchEntry } from "./batch-entry.ts";
import { batchesOf } from "./batches.ts";
import { sqsCallError } from "./sqs-call-error.ts";

export type SqsSenderOptions = {
  /** Of the queue's region. Its own attempts come on top of the second one that is made here. */
  readonly client: SQSClient;
  readonly queueUrl: string;
};

const operation = "SendMessageBatch";

const mostBatchesAtOnce = 8;

/** A message that SQS is not known to have. */
type Failure = { readonly entry: SendMessageBatchRequestEntry; readonly error: CallError; readonly again: boolean };

/**
 * The sending end of the work queue on SQS: a standard queue, where `MessageGroupId` makes repositories share fairly
 * (fair queues). All messages of a call are checked before the first is sent. What SQS did not take, or did not say that
 * it took, is sent once more: it may arrive twice, never not at all. Then it is a CallError that tells how many are
 * missing.
 */
export function sqsSender(options: SqsSenderOptions): Queue {
  return {
    async send(messages) {
      const entries = messages.map((one, index) => batchEntry(one, String(index)));
      const failed = await sendAll(options, entries);
      const more = failed.filter(({ again }) => again).map(({ entry }) => entry);
      const missing = [...failed.filter(({ again }) => !again), ...(await sendAll(options, more))];
      const [first] = missing;
      if (first !== undefined) throw missingError(first, missing, entries.length);
    },
  };
}

async function sendAll(
  options: SqsSenderOptions,
  entries: readonly SendMessageBatchRequestEntry[],
): Promise<Failure[]> {
  const batches = batchesOf(entries);
  const failures: Failure[] = [];
  for (let first = 0; first < batches.length; first += mostBatchesAtOnce) {
    const together = batches.slice(first, first + mostBatchesAtOnce);
    const failed = await Promise.all(together.map(async (batch) => await sendBatch(options, batch)));
    failures.push(...failed.flat());
  }
  return failures;
}

async function sendBatch(
  { client, queueUrl }: SqsSenderOptions,
  batch: readonly SendMessageBatchRequestEntry[],
): Promise<Failure[]> {
  let result: SendMessageBatchResult;
  try {
    result = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: [...batch] }));
  } catch (failure) {
    const error = sqsCallError(failure, operation, queueUrl);
    return batch.map((entry) => ({ entry, error, again: passes(error) }));
  }
  const kept = new Set(result.Successful?.map(({ Id }) => Id));
  const refused = new Map(result.Failed?.map((one) => [one.Id, one]));
  return batch
    .filter(({ Id }) => !kept.has(Id))
    .map((entry) => ({ entry, error: entryError(refused.get(entry.Id), queueUrl), again: true }));
}

/** True when the same call may do better. */
function passes(error: CallError): boolean {
  return isCallError(error, "rate-limited", "unavailable", "lost-reply");
}

/** Of an entry that an answer calls failed, or does not name at all. */
function entryError(failed: BatchResultErrorEntry | undefined, queueUrl: string): CallError {
  if (failed === undefined) return sqsCallError({ message: "the answer does not name it" }, operation, queueUrl);
  const { Code: name, Message: message, SenderFault } = failed;
  const $metadata = { httpStatusCode: SenderFault === true ? 400 : 500 };
  return sqsCallError({ name, message, $metadata }, operation, queueUrl);
}

function missingError(first: Failure, missing: readonly Failure[], total: number): CallError {
  // one that passes means that trying again helps; what will never be taken is left over then
  const { error } = missing.find((one) => passes(one.error)) ?? first;
  const message = `${missing.length} of ${total} messages were not kept: ${error.facts.message}`;
  return new CallError({ ...error.facts, message });
}
