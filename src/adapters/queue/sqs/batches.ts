import type { SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";

/** Of one call, and of one message (SQS quotas of 2026). */
export const mostBatchBytes = 1_048_576;
const mostBatchEntries = 10;

/** The same entries in as few calls as their order allows; none of them is larger than a call may be. */
export function batchesOf(entries: readonly SendMessageBatchRequestEntry[]): SendMessageBatchRequestEntry[][] {
  const batches: SendMessageBatchRequestEntry[][] = [];
  let room = 0;
  for (const entry of entries) {
    const bytes = Buffer.byteLength(entry.MessageBody ?? "");
    const last = batches.at(-1);
    if (last === undefined || last.length === mostBatchEntries || bytes > room) {
      batches.push([entry]);
      room = mostBatchBytes - bytes;
    } else {
      last.push(entry);
      room -= bytes;
    }
  }
  return batches;
}
