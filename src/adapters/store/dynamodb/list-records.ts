import type { TableRules } from "../../../core/model/tables.ts";
import type { Clock, ListQuery } from "../../../core/ports.ts";
import { indexNumber } from "./index-numbers.ts";
import { partitionOf, recordOf } from "./item.ts";
import type { Item, OneTable } from "./one-table.ts";
import { readAll } from "./read-all.ts";
import { indexName } from "./table-definition.ts";

const defaultLimit = 1000;

type Found<T> = { readonly id: string; readonly sort: string; readonly record: T };

/**
 * Records of a sparse index. The index only says which: each is read from the table as it is now, those that have left
 * the index in the meantime are left out, and the others stand in the order that they have now. Goes on until there are
 * enough of them: a first entry that is out of date must not hide the second.
 */
export async function listRecords<T>(
  table: OneTable,
  rules: TableRules<T>,
  query: ListQuery,
  clock: Clock,
): Promise<T[]> {
  const limit = query.limit ?? defaultLimit;
  const seen = new Set<string>();
  const found: Found<T>[] = [];
  let from: Item | undefined;
  do {
    if (found.length >= limit) break;
    const page = await table.query(pageOf(rules.kind, query, limit - found.length, from));
    const ids = (page.Items ?? []).flatMap(({ id }) => id?.S ?? []).filter((id) => !seen.has(id));
    for (const id of ids) seen.add(id);
    const nowMs = clock.nowMs();
    for (const item of await readAll(table, ids)) found.push(...standing(rules, query, item, nowMs));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return found.toSorted(bySort).map(({ record }) => record);
}

function pageOf(
  kind: string,
  { index, key, upTo }: ListQuery,
  most: number,
  from: Item | undefined,
): Parameters<OneTable["query"]>[0] {
  const number = indexNumber(kind, index);
  const inPartition = { ":key": { S: partitionOf(kind, index, key) } };
  return {
    IndexName: indexName(number),
    KeyConditionExpression: upTo === undefined ? "#key = :key" : "#key = :key AND #sort <= :upTo",
    ExpressionAttributeNames: { "#key": `p${number}`, ...(upTo !== undefined && { "#sort": `s${number}` }) },
    ExpressionAttributeValues: upTo === undefined ? inPartition : { ...inPartition, ":upTo": { S: upTo } },
    Limit: most,
    ExclusiveStartKey: from,
  };
}

/** The item's record, if it stands where the query looks. */
function standing<T>(rules: TableRules<T>, { index, key, upTo }: ListQuery, item: Item, nowMs: number): Found<T>[] {
  const record = recordOf(rules, item, nowMs);
  const entry = record && rules.indexesOf(record)[index];
  if (record === undefined || entry?.key !== key) return [];
  if (upTo !== undefined && entry.sort > upTo) return [];
  return [{ id: item["id"]?.S ?? "", sort: entry.sort, record }];
}

/** Entries of the same sort value stand in the order of their ids, so that lists are the same each time. */
function bySort(left: Found<unknown>, right: Found<unknown>): number {
  if (left.sort !== right.sort) return left.sort < right.sort ? -1 : 1;
  return left.id < right.id ? -1 : 1;
}
