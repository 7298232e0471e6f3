import { randomBytes } from "node:crypto";
import type { TableRules } from "../../../core/model/tables.ts";
import type { Clock, Table } from "../../../core/ports.ts";
import { epochSeconds, idOf, itemOf, recordOf } from "./item.ts";
import { listRecords } from "./list-records.ts";
import type { OneTable } from "./one-table.ts";

const isFirst = "attribute_not_exists(#id) OR #ttl <= :now";
const isNext = "#version = :before AND #ttl > :now";

/** Records of one kind, each one item that is replaced by a conditional put. Lists lag behind writes a little. */
export function dynamodbRecords<T extends { readonly version: number }>(
  table: OneTable,
  rules: TableRules<T>,
  clock: Clock,
): Table<T> {
  const { kind, keyOf } = rules;
  return {
    async read(key) {
      const item = await table.get(idOf(kind, key));
      return item && recordOf(rules, item, clock.nowMs());
    },
    async write(record) {
      const nowMs = clock.nowMs();
      const now = { N: String(epochSeconds(nowMs)) };
      const write = randomBytes(9).toString("base64url");
      const before = { N: String(record.version - 1) };
      const outcome = await table.put(
        itemOf(rules, record, { nowMs, write }),
        record.version === 1
          ? {
              ConditionExpression: isFirst,
              ExpressionAttributeNames: { "#id": "id", "#ttl": "ttl" },
              ExpressionAttributeValues: { ":now": now },
            }
          : {
              ConditionExpression: isNext,
              ExpressionAttributeNames: { "#version": "version", "#ttl": "ttl" },
              ExpressionAttributeValues: { ":now": now, ":before": before },
            },
      );
      if (outcome.ok) return true;
      if (outcome.tries === 1) return false;
      // The first try may have been carried out and its reply lost, so that the second met what the first wrote. False
      // would be safe: whoever hears it reads the record again and goes on from there, as after a death behind the
      // write. But what adds up would be added twice, and a launch would wait for a worker that is this one. Should
      // another write have followed in between, it is false.
      return (await table.get(idOf(kind, keyOf(record))))?.["write"]?.S === write;
    },
    list: async (query) => await listRecords(table, rules, query, clock),
  };
}
