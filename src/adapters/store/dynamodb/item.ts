import { CallError } from "../../../core/errors/call-error.ts";
import { openRecord } from "../../../core/model/open-record.ts";
import type { TableRules } from "../../../core/model/tables.ts";
import { boundedKey } from "./bounded-key.ts";
import { indexNumber } from "./index-numbers.ts";
import type { Item } from "./one-table.ts";
import { packedText, unpackedText } from "./packed-text.ts";

const daySeconds = 86_400;

/** What an item is found by: `job#42`, `slots#total`. */
export function idOf(kind: string, key: string): string {
  return boundedKey(`${kind}#${key}`);
}

/** Partition of an index: all kinds share the table's indexes. */
export function partitionOf(kind: string, index: string, key: string): string {
  return boundedKey(`${kind}#${index}#${key}`);
}

/** DynamoDB's own unit for times at which items end. */
export function epochSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/**
 * A record as an item: its JSON, beside it what conditions and indexes need. `write` is a random name of this very write,
 * by which it is told from another one of the same bytes.
 */
export function itemOf<T extends { readonly version: number }>(
  rules: TableRules<T>,
  record: T,
  { nowMs, write }: { readonly nowMs: number; readonly write: string },
): Item {
  const { kind, keyOf, indexesOf, keptDays } = rules;
  const item: Item = {
    id: { S: idOf(kind, keyOf(record)) },
    version: { N: String(record.version) },
    ttl: { N: String(epochSeconds(nowMs) + keptDays * daySeconds) },
    write: { S: write },
    record: packedText(JSON.stringify(record)),
  };
  for (const [index, { key, sort }] of Object.entries(indexesOf(record))) {
    const number = indexNumber(kind, index);
    item[`p${number}`] = { S: partitionOf(kind, index, key) };
    item[`s${number}`] = { S: sort };
  }
  return item;
}

/** The item's record, undefined when its time has passed: DynamoDB may take days to remove it. */
export function recordOf<T>(rules: TableRules<T>, item: Item, nowMs: number): T | undefined {
  return Number(item["ttl"]?.N) > epochSeconds(nowMs) ? openRecord(rules, parse(item)) : undefined;
}

function parse(item: Item): unknown {
  try {
    return JSON.parse(unpackedText(item["record"]) ?? "");
  } catch (error) {
    const message = `item ${item["id"]?.S} holds no readable record: remove it, or restore the table`;
    throw new CallError({
      service: "store",
      operation: "read",
      kind: "invalid",
      message: `${message} (${String(error)})`,
    });
  }
}
