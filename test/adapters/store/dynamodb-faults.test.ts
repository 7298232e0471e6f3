import type { DynamoDBClient, DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { dynamodbStore } from "../../../src/adapters/store/dynamodb.ts";
import type { Store } from "../../../src/core/ports.ts";
import { clientOf, dynaliteServer } from "../../helpers/dynalite-table.ts";
import { jobRecord } from "../../helpers/records.ts";
import { virtualClock } from "../../helpers/virtual-clock.ts";
import type { VirtualClock } from "../../helpers/virtual-clock.ts";
import { startWire } from "./dynamodb-wire.ts";
import type { Wire } from "./dynamodb-wire.ts";

const { endpoint, newTable } = dynaliteServer();

let wire: Wire;
let table: string;
let clock: VirtualClock;
/** Without the wire between. */
let direct: Store;
const clients: DynamoDBClient[] = [];

beforeAll(async () => {
  wire = await startWire(endpoint);
});
beforeEach(async () => {
  clock = virtualClock();
  const made = await newTable();
  ({ table } = made);
  direct = dynamodbStore({ ...made, clock });
  wire.calls.length = 0;
});
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});
afterAll(async () => {
  await wire.close();
});

function storeOf(config: DynamoDBClientConfig = {}, changes: { table?: string; endpoint?: string } = {}): Store {
  const client = clientOf(changes.endpoint ?? wire.endpoint, config);
  clients.push(client);
  return dynamodbStore({ client, table: changes.table ?? table, clock });
}

const tries = (operation: string): number => wire.calls.filter((call) => call.operation === operation).length;

describe("a reply that got lost", () => {
  test("of a write that the SDK tries again is not taken for somebody else's write", async () => {
    const store = storeOf({ maxAttempts: 3 });
    wire.loseReply("PutItem");
    expect(await store.jobs.write(jobRecord(1))).toBe(true);
    expect(tries("PutItem")).toBe(2);
    wire.loseReply("PutItem");
    expect(await store.jobs.write(jobRecord(1, { version: 2, state: "running" }))).toBe(true);
    expect(await direct.jobs.read("1")).toMatchObject({ version: 2, state: "running" });
  });

  test("of a write that somebody else came before is none of ours, though it has the same bytes", async () => {
    const store = storeOf({ maxAttempts: 3 });
    await direct.jobs.write(jobRecord(1));
    wire.loseReply("PutItem");
    expect(await store.jobs.write(jobRecord(1))).toBe(false);
    expect(tries("PutItem")).toBe(2);
  });

  test("without another try costs no further look: a refused write is one call", async () => {
    const store = storeOf({ maxAttempts: 3 });
    await direct.jobs.write(jobRecord(1));
    expect(await store.jobs.write(jobRecord(1))).toBe(false);
    expect(wire.calls.map(({ operation }) => operation)).toEqual(["PutItem"]);
  });

  test("when nobody tries again is one: the record may be there", async () => {
    const store = storeOf({ maxAttempts: 1 });
    wire.loseReply("PutItem");
    const facts = { service: "store", operation: "PutItem", kind: "lost-reply" };
    await expect(store.jobs.write(jobRecord(1))).rejects.toMatchObject({ name: "CallError", facts });
    expect((await direct.jobs.read("1"))?.version).toBe(1);
  });

  test("changes nothing about slots and leases, and costs a rate one turn", async () => {
    const store = storeOf({ maxAttempts: 3 });
    const untilMs = clock.nowMs() + 60_000;
    await direct.slots.take("total", "first", 2, untilMs);
    wire.loseReply("UpdateItem");
    expect(await store.slots.take("total", "second", 2, untilMs)).toBe(true);
    wire.loseReply("UpdateItem");
    await store.slots.free("total", "second");
    expect(await direct.slots.list("total")).toEqual(["first"]);
    wire.loseReply("UpdateItem");
    expect(await store.leases.take("schedule", "me", untilMs)).toBe(true);
    wire.loseReply("DeleteItem");
    await store.leases.free("schedule", "me");
    expect(await direct.leases.take("schedule", "you", untilMs)).toBe(true);
    const rate = { burst: 1, perSecond: 1 };
    await direct.rates.reserve("r", rate);
    wire.loseReply("UpdateItem");
    expect(await store.rates.reserve("r", rate)).toBe(clock.nowMs() + 2000);
  });
});

describe("failed calls", () => {
  const named = (name: string, message = "words of AWS"): object => ({
    __type: `com.amazonaws.dynamodb.v20120810#${name}`,
    message,
  });

  test.each([
    [400, "ProvisionedThroughputExceededException", "unavailable"],
    [400, "RequestLimitExceeded", "unavailable"],
    [400, "ThrottlingException", "unavailable"],
    [500, "InternalServerError", "unavailable"],
    [503, "ServiceUnavailable", "unavailable"],
    [400, "AccessDeniedException", "forbidden"],
    [400, "ResourceNotFoundException", "not-found"],
    [400, "UnrecognizedClientException", "unauthorized"],
    [400, "ExpiredTokenException", "unauthorized"],
    [400, "ItemCollectionSizeLimitExceededException", "invalid"],
    [400, "ValidationException", "invalid"],
    [418, "SomethingNew", "invalid"],
    [502, "SomethingNew", "unavailable"],
  ])("%i %s is %s, in every operation", async (status, name, kind) => {
    const store = storeOf();
    const expected = (operation: string): object => ({
      name: "CallError",
      facts: { service: "store", operation, kind },
    });
    const operations = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"];
    for (const operation of operations) wire.answer(operation, status, named(name));
    await expect(store.jobs.read("1")).rejects.toMatchObject(expected("GetItem"));
    await expect(store.jobs.write(jobRecord(1))).rejects.toMatchObject(expected("PutItem"));
    await expect(store.slots.take("s", "r", 1, 5)).rejects.toMatchObject(expected("UpdateItem"));
    await expect(store.leases.free("s", "r")).rejects.toMatchObject(expected("DeleteItem"));
    await expect(store.jobs.list({ index: "run", key: "1" })).rejects.toMatchObject(expected("Query"));
    await direct.jobs.write(jobRecord(1));
    wire.answer("BatchGetItem", status, named(name));
    await expect(store.jobs.list({ index: "run", key: "71#900#1" })).rejects.toMatchObject(expected("BatchGetItem"));
  });

  test("the SDK's own tries come before: a throttled call that goes through is none", async () => {
    const store = storeOf({ maxAttempts: 3 });
    wire.answer("PutItem", 400, named("ThrottlingException"));
    expect(await store.jobs.write(jobRecord(1))).toBe(true);
  });

  test("a table that does not exist is named, with what to look at", async () => {
    const store = storeOf({}, { table: "mayfly-elsewhere" });
    const facts = { kind: "not-found", code: "ResourceNotFoundException" };
    await expect(store.jobs.read("1")).rejects.toMatchObject({ name: "CallError", facts });
    await expect(store.jobs.read("1")).rejects.toThrow(
      "there is no table mayfly-elsewhere here, or not all of its indexes: check its name, the region, and the deployment",
    );
  });

  test("where nobody listens nothing has happened", async () => {
    const store = storeOf({}, { endpoint: "http://127.0.0.1:9" });
    await expect(store.jobs.write(jobRecord(1))).rejects.toMatchObject({ facts: { kind: "unavailable" } });
  });

  test("no secret of ours stands in the message, though AWS quotes the request", async () => {
    const quoted = `does not match.\n\nThe Canonical String for this request should have been\n'x-amz-security-token:SECRET'`;
    wire.answer("GetItem", 400, named("InvalidSignatureException", quoted));
    const error = await storeOf()
      .jobs.read("1")
      .catch((one: unknown) => one as Error);
    expect(error).toMatchObject({ name: "CallError", facts: { kind: "unauthorized" } });
    expect((error as Error).message).not.toContain("SECRET");
    expect((error as Error).message).toContain("does not match");
  });
});
