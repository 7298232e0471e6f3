import { heldBucket, intervalMs, turnAtMs } from "../../../core/model/rate.ts";
import type { Clock, Rate, Rates } from "../../../core/ports.ts";
import { contended, mostAttempts } from "./contended.ts";
import { idOf } from "./item.ts";
import type { Outcome, OneTable } from "./one-table.ts";

const names = { "#full": "fullAtMs" };

/**
 * Token buckets as single numbers, the time at which a bucket is full again. DynamoDB adds to it, so that many may
 * reserve at once and nobody has to try again. A reservation whose reply was lost is made twice: a turn that nobody takes.
 */
export function dynamodbRates(table: OneTable, clock: Clock): Rates {
  return {
    async reserve(name, rate) {
      const id = idOf("rate", name);
      const nowMs = clock.nowMs();
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        const outcome = await reserve(table, id, nowMs, rate);
        if (outcome.ok) return turnAtMs(Number(outcome.attributes["fullAtMs"]?.N), nowMs, rate);
      }
      throw contended("reserve", id);
    },
    async holdUntil(name, rate, untilMs) {
      const held = { N: String(heldBucket(0, untilMs, rate)) };
      await table.update(idOf("rate", name), {
        UpdateExpression: "SET #full = :held",
        ConditionExpression: "attribute_not_exists(#full) OR #full < :held",
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: { ":held": held },
      });
    },
  };
}

/** A bucket that is not full is counted on, another counts from now; in between somebody else may have changed that. */
async function reserve(table: OneTable, id: string, nowMs: number, rate: Rate): Promise<Outcome> {
  const now = { N: String(nowMs) };
  const counted = await table.update(id, {
    UpdateExpression: "SET #full = #full + :interval",
    ConditionExpression: "#full >= :now",
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: { ":interval": { N: String(intervalMs(rate)) }, ":now": now },
    ReturnValues: "UPDATED_NEW",
  });
  if (counted.ok) return counted;
  return await table.update(id, {
    UpdateExpression: "SET #full = :full",
    ConditionExpression: "attribute_not_exists(#full) OR #full < :now",
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: { ":full": { N: String(nowMs + intervalMs(rate)) }, ":now": now },
    ReturnValues: "UPDATED_NEW",
  });
}
