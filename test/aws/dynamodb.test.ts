import { randomBytes } from "node:crypto";
import {
  BatchGetItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import type {
  CreateTableCommandInput,
  DynamoDBClient,
  PointInTimeRecoverySpecification,
  TimeToLiveSpecification,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { packageTemplate } from "../../scripts/check-template/package-template.ts";
import { dynamodbStore } from "../../src/adapters/store/dynamodb.ts";
import { indexNumber } from "../../src/adapters/store/dynamodb/index-numbers.ts";
import { partitionOf } from "../../src/adapters/store/dynamodb/item.ts";
import { indexName } from "../../src/adapters/store/dynamodb/table-definition.ts";
import { everything, sortTime } from "../../src/core/model/indexes.ts";
import { tables } from "../../src/core/model/tables.ts";
import { storeContract } from "../contract/store.ts";
import { clientOf, makeTable } from "../helpers/dynalite-table.ts";
import { jobRecord } from "../helpers/records.ts";
import { virtualClock } from "../helpers/virtual-clock.ts";
import { given, newName, reach } from "./moto.ts";
import { notKept } from "./not-kept.ts";

const clients: DynamoDBClient[] = [];
const newClient = (): DynamoDBClient => {
  const client = clientOf(reach().endpoint);
  clients.push(client);
  return client;
};
const client = newClient();
afterAll(() => {
  for (const one of clients) one.destroy();
});

storeContract("dynamodb on moto", async (clock) => dynamodbStore({ client, table: await makeTable(client), clock }));

/** A client whose queries find no more than two entries a page, with the number of pages so far. */
function smallPages(): { readonly client: DynamoDBClient; readonly pages: () => number } {
  const small = newClient();
  let pages = 0;
  small.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        if (commandName !== "QueryCommand") return await next(call);
        pages += 1;
        return await next({ ...call, input: { ...call.input, Limit: 2 } });
      },
    { step: "initialize" },
  );
  return { client: small, pages: () => pages };
}

describe("lists", () => {
  const queuedAtMs = (id: number): number => 1000 * Math.floor(id / 3);
  const ids = [7, 2, 9, 4, 1, 8, 3, 6, 5];

  test("go over all pages of an index, in its order, entries of equal order too, up to a limit or a value", async () => {
    const { client: small, pages } = smallPages();
    const table = await makeTable(small);
    const { jobs } = dynamodbStore({ client: small, table, clock: virtualClock() });
    for (const id of ids) await jobs.write(jobRecord(id, { queuedAtMs: queuedAtMs(id) }));
    const key = jobRecord(1).pool;
    const listed = async (more: object = {}): Promise<number[]> =>
      (await jobs.list({ index: "pool", key, ...more })).map(({ id }) => id);
    expect(await listed()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(pages()).toBeGreaterThanOrEqual(5);
    expect(await listed({ limit: 2 })).toEqual([1, 2]);
    expect(await listed({ upTo: `${sortTime(1000)}~` })).toEqual([1, 2, 3, 4, 5]);
    const { pool: entryOf4 } = tables.jobs.indexesOf(jobRecord(4, { queuedAtMs: queuedAtMs(4) }));
    expect(await listed({ upTo: entryOf4?.sort })).toEqual([1, 2, 3, 4]);
  });

  test("an index holds keys and nothing else, and each record is read from the table as it is now", async () => {
    const table = await makeTable(client);
    const { jobs } = dynamodbStore({ client, table, clock: virtualClock() });
    const job = jobRecord(1);
    await jobs.write(job);
    await jobs.write({ ...job, version: 2, state: "launching" });
    const number = indexNumber("job", "pool");
    const { Items } = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: indexName(number),
        KeyConditionExpression: "#key = :key",
        ExpressionAttributeNames: { "#key": `p${number}` },
        ExpressionAttributeValues: { ":key": { S: partitionOf("job", "pool", job.pool) } },
      }),
    );
    expect(Items?.map((item) => Object.keys(item).toSorted())).toEqual([["id", `p${number}`, `s${number}`]]);
    expect(await jobs.list({ index: "pool", key: job.pool })).toEqual([{ ...job, version: 2, state: "launching" }]);
  });

  test("of more records than one BatchGetItem reads are whole", async () => {
    const table = await makeTable(client);
    const { jobs } = dynamodbStore({ client, table, clock: virtualClock() });
    const many = Array.from({ length: 104 }, (_, index) => jobRecord(index + 1, { queuedAtMs: index }));
    for (const job of many) await jobs.write(job);
    expect(await jobs.list({ index: "unstarted", key: everything })).toEqual(many);
    const Keys = many.map(({ id }) => ({ id: { S: `job#${id}` } }));
    await expect(client.send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys } } }))).rejects.toThrow(
      "less than or equal to 100",
    );
  });
});

describe("errors", () => {
  test("a table that is not there is told by its name", async () => {
    const { jobs } = dynamodbStore({ client, table: "mayfly-none", clock: virtualClock() });
    const facts = { service: "store", kind: "not-found", message: expect.stringContaining("no table mayfly-none") };
    await expect(jobs.read("1")).rejects.toMatchObject({ facts });
    await expect(jobs.write(jobRecord(1))).rejects.toMatchObject({ facts });
    await expect(jobs.list({ index: "unstarted", key: everything })).rejects.toMatchObject({ facts });
  });

  test("an item of more than 400 KB is refused, and the one before stays", async () => {
    const { files } = dynamodbStore({ client, table: await makeTable(client), clock: virtualClock() });
    const file = { schema: 1, version: 1, key: "71#a.yml", text: "a", readAtMs: 5 } as const;
    await files.write(file);
    const text = randomBytes(420_000).toString("base64");
    await expect(files.write({ ...file, version: 2, text })).rejects.toMatchObject({
      facts: { kind: "invalid", message: expect.stringContaining("Item size") },
    });
    expect(await files.read(file.key)).toEqual(file);
  });
});

describe("the table as serverless.yml has it", () => {
  type Properties = CreateTableCommandInput & {
    readonly TimeToLiveSpecification: TimeToLiveSpecification;
    readonly PointInTimeRecoverySpecification: PointInTimeRecoverySpecification;
  };
  let table: string;
  beforeAll(async () => {
    const { Resources } = await packageTemplate({ stage: "prod" });
    const properties = Resources["Table"]?.Properties as unknown as Properties;
    const { TimeToLiveSpecification, PointInTimeRecoverySpecification, ...rest } = properties;
    table = newName();
    await client.send(new CreateTableCommand({ ...rest, TableName: table }));
    await client.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }));
    await client.send(new UpdateContinuousBackupsCommand({ TableName: table, PointInTimeRecoverySpecification }));
  });

  test("is on demand, with indexes of keys only", async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    expect(Table?.BillingModeSummary?.BillingMode).toBe("PAY_PER_REQUEST");
    const types = Table?.GlobalSecondaryIndexes?.map(({ Projection }) => Projection?.ProjectionType) ?? [];
    expect(new Set(types)).toEqual(new Set(["KEYS_ONLY"]));
  });

  test("finds a record by every index in which it stands", async () => {
    const { jobs } = dynamodbStore({ client, table, clock: virtualClock() });
    const reason = { code: "MF-CAP", detail: "", sinceMs: 0, scope: "total" } as const;
    const job = jobRecord(1, { state: "waiting", reason });
    await jobs.write(job);
    for (const [index, key] of [
      ["unstarted", everything],
      ["waiting", everything],
      ["waiting-for", "total"],
      ["run", "71#900#1"],
      ["pool", job.pool],
    ] as const) {
      // prettier-ignore
      expect([index, await jobs.list({ index, key })]).toEqual([index, [job]]);
    }
  });

  test("ends items by the attribute that the store writes, in seconds", async () => {
    const clock = virtualClock();
    const store = dynamodbStore({ client, table, clock });
    await store.jobs.write(jobRecord(2));
    await store.slots.take("total", "mayfly-2-1", 5, clock.nowMs() + 60_000);
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: table }));
    expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: expect.any(String) });
    const attribute = given(TimeToLiveDescription?.AttributeName, "attribute");
    for (const id of ["job#2", "slots#total"]) {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: { id: { S: id } } }));
      const daysLeft = (Number(Item?.[attribute]?.N) - clock.nowMs() / 1000) / 86_400;
      expect(daysLeft).toBeGreaterThan(0);
      expect(daysLeft).toBeLessThan(366);
    }
  });

  test("can be brought back to any moment", async () => {
    const { ContinuousBackupsDescription } = await client.send(
      new DescribeContinuousBackupsCommand({ TableName: table }),
    );
    expect(ContinuousBackupsDescription).toMatchObject({
      ContinuousBackupsStatus: "ENABLED",
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: "ENABLED" },
    });
  });

  test("in production cannot be deleted", async () => {
    await expect(client.send(new DeleteTableCommand({ TableName: table }))).rejects.toThrow(
      "DeletionProtectionEnabled",
    );
  });

  notKept("the end of items whose time has passed: the setting is kept, the item stays", "1", async () => {
    const id = { S: newName("job#") };
    await client.send(new PutItemCommand({ TableName: table, Item: { id, ttl: { N: "1" } } }));
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: { id } }));
    return Item?.["ttl"]?.N;
  });
});
