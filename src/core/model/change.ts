import type { Table } from "../ports.ts";
import { CallError } from "../errors/call-error.ts";

const usualAttempts = 8;

/** For records that everybody writes at the same time: as many as messages may be worked on at once, and some more. */
export const manyAttempts = 100;

/**
 * Reads a record, lets `next` decide, writes it conditionally; starts again when somebody else was first.
 * `next` returns the changed record (its version is set here) or undefined for "leave it".
 * Resolves with the record as it stands afterwards, undefined if there is none.
 */
export async function change<T extends { readonly version: number }>(
  table: Table<T>,
  key: string,
  next: (record: NoInfer<T>) => NoInfer<T> | undefined,
  attempts = usualAttempts,
): Promise<T | undefined> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const record = await table.read(key);
    if (record === undefined) return undefined;
    const wanted = next(record);
    if (wanted === undefined) return record;
    const written = { ...wanted, version: record.version + 1 };
    if (await table.write(written)) return written;
  }
  throw new CallError({ service: "store", operation: "change", kind: "unavailable", message: `${key} is contended` });
}
