import type { Clock, Slots } from "../../../core/ports.ts";
import { contended, mostAttempts } from "./contended.ts";
import { epochSeconds, idOf } from "./item.ts";
import type { Item, OneTable } from "./one-table.ts";

const daySeconds = 86_400;

/** An item outlives its last slot by so long, and is given more time once less than the second is left. */
const keptSeconds = 7 * daySeconds;
const leastSeconds = daySeconds;

/** So many expired slots of others are left lying: they cost nothing but the size of the item. */
const mostExpired = 25;

/** An expression of DynamoDB has at most 4 KB and 300 operators. */
const mostRemoved = 100;

const names = { "#held": "held" };

/**
 * Slots of a scope are a map in one item, runner → expiry in milliseconds, so that counting and taking is one conditional
 * update. Expired ones count until they are removed, which happens when the scope looks full.
 */
export function dynamodbSlots(table: OneTable, clock: Clock): Slots {
  return {
    async take(scope, runner, cap, expiresAtMs) {
      const id = idOf("slots", scope);
      const wanted = { id, runner, cap, expiresAtMs };
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        const nowMs = clock.nowMs();
        const held = await tryToTake(table, wanted, nowMs);
        if (held !== undefined) {
          const expired = expiredIn(held, nowMs);
          if (expired.length > mostExpired) await removeExpired(table, id, expired, nowMs);
          return true;
        }
        if ((await prepare(table, wanted, nowMs)) === "full") return false;
      }
      throw contended("take-slot", id);
    },
    async free(scope, runner) {
      await table.update(idOf("slots", scope), {
        UpdateExpression: "REMOVE #held.#runner",
        ConditionExpression: "attribute_exists(#held.#runner)",
        ExpressionAttributeNames: { ...names, "#runner": runner },
      });
    },
    async list(scope) {
      const nowMs = clock.nowMs();
      const held = heldIn(await table.get(idOf("slots", scope)));
      return [...held].filter(([, expiresAtMs]) => expiresAtMs > nowMs).map(([runner]) => runner);
    },
  };
}

type Wanted = { readonly id: string; readonly runner: string; readonly cap: number; readonly expiresAtMs: number };

/** Undefined: no room, as far as can be seen without removing anything, or the item is not there for long enough. */
async function tryToTake(
  table: OneTable,
  { id, runner, cap, expiresAtMs }: Wanted,
  nowMs: number,
): Promise<Map<string, number> | undefined> {
  const outcome = await table.update(id, {
    UpdateExpression: "SET #held.#runner = :until",
    ConditionExpression: "#ttl >= :least AND (#held.#runner > :now OR size(#held) < :cap)",
    ExpressionAttributeNames: { ...names, "#runner": runner, "#ttl": "ttl" },
    ExpressionAttributeValues: {
      ":until": { N: String(expiresAtMs) },
      ":least": { N: String(epochSeconds(expiresAtMs) + leastSeconds) },
      ":now": { N: String(nowMs) },
      ":cap": { N: String(cap) },
    },
    ReturnValues: "ALL_NEW",
  });
  return outcome.ok ? heldIn(outcome.attributes) : undefined;
}

/** Finds out why a slot could not be taken, and takes one step against it. */
async function prepare(
  table: OneTable,
  { id, runner, cap, expiresAtMs }: Wanted,
  nowMs: number,
): Promise<"full" | "try again"> {
  const item = await table.get(id);
  if (item === undefined || Number(item["ttl"]?.N) < epochSeconds(expiresAtMs) + leastSeconds) {
    await keepItem(table, id, epochSeconds(expiresAtMs) + keptSeconds);
    return "try again";
  }
  const held = heldIn(item);
  const expired = expiredIn(held, nowMs);
  if (expired.length > 0) {
    await removeExpired(table, id, expired, nowMs);
    return "try again";
  }
  return held.has(runner) || held.size < cap ? "try again" : "full";
}

/** Makes the item, or moves the time at which DynamoDB may remove it; never to an earlier one. */
async function keepItem(table: OneTable, id: string, ttlSeconds: number): Promise<void> {
  await table.update(id, {
    UpdateExpression: "SET #held = if_not_exists(#held, :none), #ttl = :ttl",
    ConditionExpression: "attribute_not_exists(#ttl) OR #ttl < :ttl",
    ExpressionAttributeNames: { ...names, "#ttl": "ttl" },
    ExpressionAttributeValues: { ":none": { M: {} }, ":ttl": { N: String(ttlSeconds) } },
  });
}

/** All of these or, when one of them was taken again or removed in the meantime, none. */
async function removeExpired(table: OneTable, id: string, expired: readonly string[], nowMs: number): Promise<void> {
  const runners = expired.slice(0, mostRemoved);
  const paths = runners.map((_, index) => `#held.#r${index}`);
  await table.update(id, {
    UpdateExpression: `REMOVE ${paths.join(", ")}`,
    ConditionExpression: paths.map((path) => `${path} <= :now`).join(" AND "),
    ExpressionAttributeNames: {
      ...names,
      ...Object.fromEntries(runners.map((runner, index) => [`#r${index}`, runner])),
    },
    ExpressionAttributeValues: { ":now": { N: String(nowMs) } },
  });
}

function heldIn(item: Item | undefined): Map<string, number> {
  return new Map(Object.entries(item?.["held"]?.M ?? {}).map(([runner, until]) => [runner, Number(until.N)]));
}

function expiredIn(held: ReadonlyMap<string, number>, nowMs: number): string[] {
  return [...held].filter(([, expiresAtMs]) => expiresAtMs <= nowMs).map(([runner]) => runner);
}
