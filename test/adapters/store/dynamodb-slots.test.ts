import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { dynamodbStore } from "../../../src/adapters/store/dynamodb.ts";
import { reserveCall } from "../../../src/core/model/rate.ts";
import type { Store } from "../../../src/core/ports.ts";
import { clientOf, dynaliteServer } from "../../helpers/dynalite-table.ts";
import { virtualClock } from "../../helpers/virtual-clock.ts";
import type { VirtualClock } from "../../helpers/virtual-clock.ts";
import { startWire } from "./dynamodb-wire.ts";
import type { Wire } from "./dynamodb-wire.ts";

const { endpoint, newTable, newClient } = dynaliteServer();

let wire: Wire;
let client: DynamoDBClient;
let direct: DynamoDBClient;
let table: string;
let clock: VirtualClock;
let store: Store;
/** Another process. */
let other: Store;

beforeAll(async () => {
  wire = await startWire(endpoint);
  client = clientOf(wire.endpoint);
});
beforeEach(async () => {
  clock = virtualClock();
  ({ client: direct, table } = await newTable());
  store = dynamodbStore({ client, table, clock });
  other = dynamodbStore({ client: newClient(), table, clock });
  wire.calls.length = 0;
});
afterAll(async () => {
  client.destroy();
  await wire.close();
});

const calls = (): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { operation } of wire.calls.splice(0)) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
};
const inSeconds = (seconds: number): number => clock.nowMs() + seconds * 1000;
const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

async function slotsItem(scope: string): Promise<Record<string, AttributeValue>> {
  const command = new GetItemCommand({ TableName: table, Key: { id: { S: `slots#${scope}` } }, ConsistentRead: true });
  return (await direct.send(command)).Item ?? {};
}

describe("slots", () => {
  test.each([
    [100, 0],
    [100, 12],
    [15, 120],
  ])("of %i that ask at once exactly 10 get one, past %i expired ones", async (count, expired) => {
    const old = names("old", expired);
    await Promise.all(old.map((runner) => other.slots.take("total", runner, expired, inSeconds(1))));
    clock.advance(2);
    const taken = await Promise.all(
      names("r", count).map(async (runner, index) => {
        const { slots } = index % 2 === 0 ? store : other;
        return (await slots.take("total", runner, 10, inSeconds(60))) ? runner : undefined;
      }),
    );
    const winners = taken.filter((runner) => runner !== undefined);
    expect(winners).toHaveLength(10);
    expect((await store.slots.list("total")).toSorted()).toEqual(winners.toSorted());
  });

  test("given back and taken at the same time by many, there are never more than the cap", async () => {
    await Promise.all(
      names("r", 20).map(async (runner, index) => {
        const { slots } = index % 2 === 0 ? store : other;
        for (let round = 0; round < 4; round += 1) {
          if (!(await slots.take("total", runner, 4, inSeconds(60)))) continue;
          expect((await slots.list("total")).length).toBeLessThanOrEqual(4);
          await slots.free("total", runner);
        }
      }),
    );
    expect(await store.slots.list("total")).toEqual([]);
  });

  test("cost one call to take, to take again and to give back", async () => {
    await store.slots.take("total", "r1", 2, inSeconds(60));
    calls();
    expect(await store.slots.take("total", "r2", 2, inSeconds(60))).toBe(true);
    expect(await store.slots.take("total", "r2", 2, inSeconds(7200))).toBe(true);
    expect(calls()).toEqual({ UpdateItem: 2 });
    expect(await store.slots.take("total", "r3", 2, inSeconds(60))).toBe(false);
    expect(calls()).toEqual({ UpdateItem: 1, GetItem: 1 });
    await store.slots.free("total", "r2");
    expect(calls()).toEqual({ UpdateItem: 1 });
    await store.slots.free("nowhere", "r2");
  });

  test("an expired one of the same runner is taken anew, and counts once", async () => {
    await store.slots.take("total", "r1", 1, inSeconds(1));
    clock.advance(2);
    expect(await store.slots.take("total", "r1", 1, inSeconds(60))).toBe(true);
    expect(await store.slots.take("total", "r2", 1, inSeconds(60))).toBe(false);
    expect(await store.slots.list("total")).toEqual(["r1"]);
  });

  test("one that is taken anew while another process clears the expired ones away stays", async () => {
    await store.slots.take("total", "late", 2, inSeconds(1));
    await store.slots.take("total", "gone", 2, inSeconds(1));
    clock.advance(2);
    wire.afterwards("GetItem", async () => {
      await other.slots.take("total", "late", Number.MAX_SAFE_INTEGER, inSeconds(3600));
    });
    expect(await store.slots.take("total", "new", 2, inSeconds(60))).toBe(true);
    expect((await store.slots.list("total")).toSorted()).toEqual(["late", "new"]);
    expect(await store.slots.take("total", "newer", 2, inSeconds(60))).toBe(false);
  });

  test("a cap of none is full, without and with somebody inside", async () => {
    expect(await store.slots.take("total", "r1", 0, inSeconds(60))).toBe(false);
    await store.slots.take("total", "r1", 1, inSeconds(60));
    expect(await store.slots.take("total", "r2", 0, inSeconds(60))).toBe(false);
    expect(await store.slots.take("total", "r1", 0, inSeconds(60))).toBe(true);
  });

  test("expired ones do not pile up where nothing is ever full", async () => {
    for (const runner of names("r", 60)) {
      await store.slots.take("room:ec2", runner, Number.MAX_SAFE_INTEGER, inSeconds(1));
      clock.advance(2);
    }
    expect(Object.keys((await slotsItem("room:ec2"))["held"]?.M ?? {}).length).toBeLessThan(30);
    expect(await store.slots.list("room:ec2")).toEqual([]);
  });

  test("the item outlives its longest slot, and is renewed once in days", async () => {
    const ttlSeconds = async (): Promise<number> => Number((await slotsItem("total"))["ttl"]?.N);
    const nowSeconds = Math.floor(clock.nowMs() / 1000);
    await store.slots.take("total", "short", 5, inSeconds(60));
    expect(await ttlSeconds()).toBe(nowSeconds + 60 + 7 * 86_400);
    await store.slots.take("total", "long", 5, inSeconds(30 * 86_400));
    expect(await ttlSeconds()).toBe(nowSeconds + 37 * 86_400);
    await store.slots.take("total", "short", 5, inSeconds(90));
    expect(await ttlSeconds()).toBe(nowSeconds + 37 * 86_400);
    expect((await store.slots.list("total")).toSorted()).toEqual(["long", "short"]);
    calls();
    clock.advance(60 * 86_400);
    expect(await store.slots.take("total", "new", 1, inSeconds(60))).toBe(true);
    expect(await ttlSeconds()).toBe(nowSeconds + 60 * 86_400 + 60 + 7 * 86_400);
  });

  test("of two that give the item more time at once the longer one counts", async () => {
    wire.afterwards("GetItem", async () => {
      await other.slots.take("total", "long", 5, inSeconds(30 * 86_400));
    });
    expect(await store.slots.take("total", "short", 5, inSeconds(60))).toBe(true);
    expect(Number((await slotsItem("total"))["ttl"]?.N)).toBe(Math.floor(clock.nowMs() / 1000) + 37 * 86_400);
    expect((await store.slots.list("total")).toSorted()).toEqual(["long", "short"]);
  });

  test("without an end to the contention it is worth another try later", async () => {
    await store.slots.take("total", "r1", 1, inSeconds(60));
    // Whoever looks why it was full finds room, which the next one to ask does not.
    const roomy = { Item: { id: { S: "slots#total" }, held: { M: {} }, ttl: { N: "99999999999" } } };
    wire.answer("GetItem", 200, roomy, 20);
    const take = store.slots.take("total", "r2", 1, inSeconds(60));
    await expect(take).rejects.toMatchObject({ name: "CallError", facts: { service: "store", kind: "unavailable" } });
    expect(await other.slots.list("total")).toEqual(["r1"]);
  });
});

describe("rates", () => {
  test("many processes at once get the turns that one would, each with one call or two", async () => {
    const rate = { burst: 7, perSecond: 1.5 };
    await store.rates.reserve("r", rate);
    calls();
    const times = await Promise.all(
      Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? store : other).rates.reserve("r", rate)),
    );
    const expected: number[] = [];
    let { fullAtMs } = reserveCall(0, clock.nowMs(), rate);
    for (let index = 0; index < 100; index += 1) {
      const next = reserveCall(fullAtMs, clock.nowMs(), rate);
      expected.push(next.atMs);
      fullAtMs = next.fullAtMs;
    }
    expect(times.toSorted((one, another) => one - another)).toEqual(expected);
    expect(calls()).toEqual({ UpdateItem: 50 });
  });

  test("whose clock goes ahead reserves as the clock says; the other goes on from there", async () => {
    const ahead = virtualClock(clock.nowMs() + 5000);
    const rate = { burst: 1, perSecond: 1 };
    const early = dynamodbStore({ client, table, clock: ahead });
    expect(await store.rates.reserve("r", rate)).toBe(clock.nowMs());
    expect(await early.rates.reserve("r", rate)).toBe(ahead.nowMs());
    expect(await store.rates.reserve("r", rate)).toBe(ahead.nowMs() + 1000);
  });
});
