import { setTimeout as pause } from "node:timers/promises";
import { CallError } from "../../../core/errors/call-error.ts";
import type { Item, OneTable } from "./one-table.ts";

/** As many keys as BatchGetItem takes. */
const mostKeys = 100;

/** DynamoDB leaves keys out beyond 16 MB, which the next call brings, or at its limits, for which waiting helps. */
const waitsMs = [25, 50, 100, 200, 400, 800];

/**
 * Items by id, in no order; those that do not exist are missing. Strongly consistent. Rejects with a `CallError` of kind
 * `unavailable` when DynamoDB leaves keys out again and again.
 */
export async function readAll(table: OneTable, ids: readonly string[]): Promise<Item[]> {
  const chunks = Array.from({ length: Math.ceil(ids.length / mostKeys) }, (_, index) =>
    ids.slice(index * mostKeys, (index + 1) * mostKeys),
  );
  return (await Promise.all(chunks.map(async (chunk) => await readChunk(table, chunk)))).flat();
}

async function readChunk(table: OneTable, ids: readonly string[]): Promise<Item[]> {
  const { items, left } = await table.batchGet(ids);
  const all = [items];
  let missing = left;
  for (const waitMs of waitsMs) {
    if (missing.length === 0) return all.flat();
    await pause(waitMs);
    const next = await table.batchGet(missing);
    all.push(next.items);
    missing = next.left;
  }
  if (missing.length === 0) return all.flat();
  const message = `DynamoDB left out ${missing.length} of ${ids.length} keys, ${waitsMs.length + 1} times`;
  throw new CallError({ service: "store", operation: "BatchGetItem", kind: "unavailable", message });
}
