/**
 * Message ids that a function's answer names as failed, as Lambda reads it (Lambda Developer Guide, "Handling errors for
 * an SQS event source", 2026): no answer, an empty object, and no or an empty `batchItemFailures` are a success. Throws
 * when the whole batch counts as failed: the answer is of another shape, or an `itemIdentifier` is no id of the batch.
 */
export function failedItems(answer: unknown, messageIds: readonly string[]): ReadonlySet<string> {
  const isMessage = (id: unknown): id is string => typeof id === "string" && messageIds.includes(id);
  // as it would come over the wire
  const value: unknown = JSON.parse(JSON.stringify(answer ?? null)) ?? {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw failedBatch("the answer is no object");
  const items = "batchItemFailures" in value ? (value.batchItemFailures ?? []) : [];
  if (!Array.isArray(items)) throw failedBatch("batchItemFailures is no list");
  const ids = items.map((item: unknown) => (item as { readonly itemIdentifier?: unknown } | null)?.itemIdentifier);
  if (!ids.every(isMessage)) throw failedBatch(`of ${JSON.stringify(items)} not all are messages of the batch`);
  return new Set(ids);
}

function failedBatch(why: string): Error {
  return new Error(`the whole batch failed: ${why}`);
}
