import { randomBytes } from "node:crypto";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { itemOf } from "../../../src/adapters/store/dynamodb/item.ts";
import { dynamodbStore } from "../../../src/adapters/store/dynamodb.ts";
import { everything, sortTime } from "../../../src/core/model/indexes.ts";
import type { Job } from "../../../src/core/model/job.ts";
import type { RepositoryFile } from "../../../src/core/model/repository-file.ts";
import type { Pool } from "../../../src/core/model/pool.ts";
import type { Runner } from "../../../src/core/model/runner.ts";
import { tables } from "../../../src/core/model/tables.ts";
import type { Store } from "../../../src/core/ports.ts";
import { clientOf, dynaliteServer } from "../../helpers/dynalite-table.ts";
import { jobRecord, repository } from "../../helpers/records.ts";
import { virtualClock } from "../../helpers/virtual-clock.ts";
import type { VirtualClock } from "../../helpers/virtual-clock.ts";
import { startWire } from "./dynamodb-wire.ts";
import type { Wire } from "./dynamodb-wire.ts";

type Item = Record<string, AttributeValue>;

const daySeconds = 86_400;
const { endpoint, newTable } = dynaliteServer();

let wire: Wire;
let direct: DynamoDBClient;
let client: DynamoDBClient;
let table: string;
let clock: VirtualClock;
let store: Store;

beforeAll(async () => {
  wire = await startWire(endpoint);
  client = clientOf(wire.endpoint);
});
beforeEach(async () => {
  clock = virtualClock();
  ({ client: direct, table } = await newTable());
  store = dynamodbStore({ client, table, clock });
  wire.calls.length = 0;
});
afterAll(async () => {
  client.destroy();
  await wire.close();
});

async function itemAt(id: string): Promise<Item | undefined> {
  const command = new GetItemCommand({ TableName: table, Key: { id: { S: id } }, ConsistentRead: true });
  return (await direct.send(command)).Item;
}

/** As an index that lags behind shows it: the item's place in the indexes is that of `indexed`, its record is `now`. */
async function putLagging(indexed: Job, now: Job): Promise<void> {
  const write = { nowMs: clock.nowMs(), write: "test" };
  const { record = { S: "" } } = itemOf(tables.jobs, now, write);
  const Item = { ...itemOf(tables.jobs, indexed, write), version: { N: String(now.version) }, record };
  await direct.send(new PutItemCommand({ TableName: table, Item }));
}

const ids = (jobs: readonly Job[]): number[] => jobs.map(({ id }) => id);
const calls = (operation: string): number => wire.calls.filter((call) => call.operation === operation).length;

/** Nothing can make it shorter. */
function noise(bytes: number): string {
  return randomBytes(Math.ceil((bytes * 3) / 4)).toString("base64");
}

function poolWith(key: string, label: string): Pool {
  const times = { evaluatedAtMs: 0, idleEnds: 1, backoffUntilMs: 5 };
  return { schema: 1, version: 1, key, repository, labels: [label], ...times };
}

describe("one item for each record", () => {
  test("readable, with its version, the time at which it may go, and a place in the indexes of its state only", async () => {
    const waiting = { code: "MF-CAP", detail: "", sinceMs: 0, scope: "total" } as const;
    const job = jobRecord(1, { state: "waiting", reason: waiting });
    await store.jobs.write(job);
    const item = (await itemAt("job#1")) ?? {};
    const ttl = Math.floor(clock.nowMs() / 1000) + tables.jobs.keptDays * daySeconds;
    expect(item).toMatchObject({ version: { N: "1" }, ttl: { N: String(ttl) }, p1: { S: "job#run#71#900#1" } });
    expect(JSON.parse(item["record"]?.S ?? "")).toEqual(JSON.parse(JSON.stringify(job)));
    expect(Object.keys(item).filter((name) => /^[ps]\d$/.test(name))).toHaveLength(10);
    await store.jobs.write({ ...job, version: 2, state: "completed", reason: undefined });
    const after = Object.keys((await itemAt("job#1")) ?? {}).filter((name) => /^[ps]\d$/.test(name));
    expect(after.toSorted()).toEqual(["p1", "s1"]);
  });

  test("read by key as the last write left it", async () => {
    await store.jobs.read("1");
    await store.slots.list("total");
    await store.cursors.read("x");
    expect(wire.calls.map(({ body }) => body["ConsistentRead"])).toEqual([true, true, true]);
  });

  test("indexes are shared: records of different kinds with equal keys do not meet in them", async () => {
    const job = jobRecord(1);
    const runner = {
      schema: 1,
      version: 1,
      name: "r",
      state: "idle",
      pool: job.pool,
      execution: "ec2",
      createdAtMs: 1,
    };
    await store.jobs.write(job);
    await store.runners.write({ ...runner, dueAtMs: 5 } as unknown as Runner);
    expect(ids(await store.jobs.list({ index: "pool", key: job.pool }))).toEqual([1]);
    const names = (runners: readonly Runner[]): string[] => runners.map(({ name }) => name);
    expect(names(await store.runners.list({ index: "pool", key: job.pool }))).toEqual(["r"]);
    expect(names(await store.runners.list({ index: "unused", key: everything }))).toEqual(["r"]);
    expect(names(await store.runners.list({ index: "due", key: everything }))).toEqual(["r"]);
    expect(await store.runs.list({ index: "due", key: everything })).toEqual([]);
  });

  test("longer records are compressed: a file whose text stands in it twice fits though each half would not", async () => {
    const text = noise(250_000);
    const file: RepositoryFile = { schema: 1, version: 1, key: "71#a.yml", text, good: text, readAtMs: 5 };
    expect(await store.files.write(file)).toBe(true);
    const item = (await itemAt("file#71#a.yml")) ?? {};
    expect(item["record"]?.B?.length).toBeLessThan(250_000);
    expect(await store.files.read(file.key)).toEqual(file);
  });

  test("one that does not fit is refused as wrong, with DynamoDB's words and the table's name", async () => {
    const text = noise(700_000);
    const file: RepositoryFile = { schema: 1, version: 1, key: "71#a.yml", text, readAtMs: 5 };
    const facts = { service: "store", operation: "PutItem", kind: "invalid", code: "ValidationException" };
    await expect(store.files.write(file)).rejects.toMatchObject({ name: "CallError", facts });
    await expect(store.files.write(file)).rejects.toThrow(`exceeded the maximum allowed size (table ${table})`);
  });

  test.each([
    ["no record", { other: { S: "x" } }],
    ["half a record", { record: { S: '{"schema":1,' } }],
    ["damaged bytes", { record: { B: Buffer.from("no brotli") } }],
  ])("an item with %s is refused with its name", async (_, rest) => {
    const ttl = { N: String(Math.floor(clock.nowMs() / 1000) + 60) };
    await direct.send(new PutItemCommand({ TableName: table, Item: { id: { S: "job#1" }, ttl, ...rest } }));
    await expect(store.jobs.read("1")).rejects.toMatchObject({ name: "CallError", facts: { kind: "invalid" } });
    await expect(store.jobs.read("1")).rejects.toThrow("item job#1 holds no readable record");
  });
});

describe("an item whose time has passed", () => {
  const past = (rules: { readonly keptDays: number }): number => rules.keptDays * daySeconds;

  test("does not exist for reads, lists and writes, though DynamoDB has not removed it", async () => {
    await store.jobs.write(jobRecord(1));
    clock.advance(past(tables.jobs) - 1);
    expect((await store.jobs.read("1"))?.id).toBe(1);
    expect(await store.jobs.write(jobRecord(1))).toBe(false);
    clock.advance(1);
    expect(await itemAt("job#1")).toBeDefined();
    expect(await store.jobs.read("1")).toBeUndefined();
    expect(await store.jobs.list({ index: "unstarted", key: everything })).toEqual([]);
    expect(await store.jobs.write(jobRecord(1, { version: 2 }))).toBe(false);
    expect(await store.jobs.write(jobRecord(1))).toBe(true);
    expect((await store.jobs.read("1"))?.version).toBe(1);
    expect(ids(await store.jobs.list({ index: "unstarted", key: everything }))).toEqual([1]);
  });

  test("lives on with every write; each kind has its own time", async () => {
    await store.jobs.write(jobRecord(1));
    await store.files.write({ schema: 1, version: 1, key: "f", text: "x", readAtMs: 5 });
    clock.advance(past(tables.files));
    expect(await store.files.read("f")).toBeUndefined();
    await store.jobs.write(jobRecord(1, { version: 2 }));
    clock.advance(past(tables.jobs) - 1);
    expect((await store.jobs.read("1"))?.version).toBe(2);
  });
});

describe("lists", () => {
  test("show records as they are, not as a lagging index has them", async () => {
    await putLagging(jobRecord(1, { queuedAtMs: 1000 }), jobRecord(1, { version: 2, state: "completed" }));
    await putLagging(jobRecord(2, { queuedAtMs: 2000 }), jobRecord(2, { version: 2, queuedAtMs: 5000 }));
    await store.jobs.write(jobRecord(3, { queuedAtMs: 3000 }));
    await store.jobs.write(jobRecord(4, { queuedAtMs: 4000 }));
    const query = { index: "unstarted", key: everything };
    expect(ids(await store.jobs.list(query))).toEqual([3, 4, 2]);
    expect(ids(await store.jobs.list({ ...query, upTo: `${sortTime(4000)}~` }))).toEqual([3, 4]);
  });

  test("show no record that stands in another partition by now", async () => {
    const reason = { code: "MF-CAP", detail: "", sinceMs: 0, scope: "total" } as const;
    const waiting = jobRecord(1, { state: "waiting", reason });
    await putLagging(waiting, { ...waiting, version: 2, reason: { ...reason, scope: "execution:ec2" } });
    expect(await store.jobs.list({ index: "waiting-for", key: "total" })).toEqual([]);
    expect(ids(await store.jobs.list({ index: "waiting", key: everything }))).toEqual([1]);
  });

  test("an entry that is out of date does not hide the ones behind it", async () => {
    for (const id of [1, 2, 3]) {
      await putLagging(jobRecord(id, { queuedAtMs: id * 1000 }), jobRecord(id, { version: 2, state: "running" }));
    }
    await store.jobs.write(jobRecord(4, { queuedAtMs: 4000 }));
    await store.jobs.write(jobRecord(5, { queuedAtMs: 5000 }));
    expect(ids(await store.jobs.list({ index: "unstarted", key: everything, limit: 1 }))).toEqual([4]);
    expect(ids(await store.jobs.list({ index: "unstarted", key: everything, limit: 2 }))).toEqual([4, 5]);
  });

  test("a record that moves on while pages are read is shown once", async () => {
    for (const id of [1, 2, 3]) await store.jobs.write(jobRecord(id, { queuedAtMs: id * 1000 }));
    await putLagging(jobRecord(4, { queuedAtMs: 500 }), jobRecord(4, { version: 2, state: "running" }));
    wire.afterwards("Query", async () => {
      await dynamodbStore({ client: direct, table, clock }).jobs.write(jobRecord(1, { version: 2, queuedAtMs: 9000 }));
    });
    const jobs = await store.jobs.list({ index: "unstarted", key: everything, limit: 4 });
    expect(ids(jobs)).toEqual([2, 3, 1]);
  });

  test("of more records than one call brings are read to their limit, in order", async () => {
    const all = Array.from({ length: 230 }, (_, index) => index + 1);
    await Promise.all(all.map((id) => store.jobs.write(jobRecord(id, { queuedAtMs: (1000 - id) * 1000 }))));
    const newestFirst = all.toReversed();
    wire.calls.length = 0;
    expect(ids(await store.jobs.list({ index: "run", key: "71#900#1" }))).toEqual(all);
    expect(calls("BatchGetItem")).toBe(3);
    const batches = wire.calls.filter(({ operation }) => operation === "BatchGetItem");
    expect(JSON.stringify(batches[0]?.body)).toContain('"ConsistentRead":true');
    expect(ids(await store.jobs.list({ index: "unstarted", key: everything }))).toEqual(newestFirst);
    const first = await store.jobs.list({ index: "unstarted", key: everything, limit: 201 });
    expect(ids(first)).toEqual(newestFirst.slice(0, 201));
    const upTo = `${sortTime(800_000)}~`;
    expect(ids(await store.jobs.list({ index: "unstarted", key: everything, upTo, limit: 500 }))).toEqual(
      newestFirst.filter((id) => id >= 200),
    );
    expect(await store.jobs.list({ index: "unstarted", key: everything, limit: 0 })).toEqual([]);
  });

  test("go on after a page that DynamoDB has cut short at 1 MB", async () => {
    const keys = Array.from({ length: 1300 }, (_, index) => `${String(index).padStart(5, "0")}${"k".repeat(1000)}`);
    const { pools } = dynamodbStore({ client: direct, table, clock });
    for (let from = 0; from < keys.length; from += 50) {
      await Promise.all(keys.slice(from, from + 50).map((key) => pools.write(poolWith(key, "mayfly"))));
    }
    wire.calls.length = 0;
    const found = await store.pools.list({ index: "backoff", key: "71", limit: 1300 });
    expect(new Set(found.map(({ key }) => key))).toEqual(new Set(keys));
    expect(calls("Query")).toBeGreaterThan(1);
  });

  test("get what DynamoDB left out of a batch with the next one", async () => {
    const keys = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for (const key of keys) await store.pools.write(poolWith(key, noise(300_000)));
    wire.calls.length = 0;
    const found = await store.pools.list({ index: "backoff", key: "71" });
    expect(found.map(({ key }) => key)).toEqual(keys);
    expect(calls("BatchGetItem")).toBeGreaterThan(1);
  });

  test("fail as worth another try when DynamoDB leaves out the same again and again", async () => {
    await store.jobs.write(jobRecord(1));
    const left = { Responses: { [table]: [] }, UnprocessedKeys: { [table]: { Keys: [{ id: { S: "job#1" } }] } } };
    wire.answer("BatchGetItem", 200, left, 7);
    const list = store.jobs.list({ index: "unstarted", key: everything });
    await expect(list).rejects.toMatchObject({ name: "CallError", facts: { service: "store", kind: "unavailable" } });
    expect(calls("BatchGetItem")).toBe(7);
    expect(ids(await store.jobs.list({ index: "unstarted", key: everything }))).toEqual([1]);
  });
});
