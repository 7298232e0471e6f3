import type { Clock, Leases } from "../../../core/ports.ts";
import { idOf } from "./item.ts";
import type { OneTable } from "./one-table.ts";

const names = { "#owner": "owner" };

/** One owner at a time; taking is one conditional update, which its owner may repeat. */
export function dynamodbLeases(table: OneTable, clock: Clock): Leases {
  return {
    async take(name, owner, untilMs) {
      const { ok } = await table.update(idOf("lease", name), {
        UpdateExpression: "SET #owner = :owner, #until = :until",
        ConditionExpression: "attribute_not_exists(#owner) OR #owner = :owner OR #until <= :now",
        ExpressionAttributeNames: { ...names, "#until": "untilMs" },
        ExpressionAttributeValues: {
          ":owner": { S: owner },
          ":until": { N: String(untilMs) },
          ":now": { N: String(clock.nowMs()) },
        },
      });
      return ok;
    },
    async free(name, owner) {
      await table.remove(idOf("lease", name), {
        ConditionExpression: "#owner = :owner",
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: { ":owner": { S: owner } },
      });
    },
  };
}
