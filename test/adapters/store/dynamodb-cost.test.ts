import { expect, test } from "@jest/globals";
import { dynamodbStore } from "../../../src/adapters/store/dynamodb.ts";
import { labelHistoryKey } from "../../../src/core/model/label-history.ts";
import { dynaliteServer } from "../../helpers/dynalite-table.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";
import { meterOf } from "./dynamodb-meter.ts";
import type { Meter } from "./dynamodb-meter.ts";

const { newClient, newTable } = dynaliteServer();

/** The real core with this store behind it, and what it costs. */
async function meteredWorld(): Promise<{ readonly world: World; readonly meter: Meter }> {
  const { client: direct, table } = await newTable();
  const client = newClient();
  const meter = meterOf(client, direct);
  const settings = { caps: { total: 5, executions: { lambda: 5 }, repository: 5 } };
  return { world: makeWorld({ settings, store: (clock) => dynamodbStore({ client, table, clock }) }), meter };
}

/** A job of a run of its own from its queueing to its check run: a minute, with a pass of the schedule. */
async function runJob(world: World, runId: number): Promise<void> {
  const job = await world.queueJob({ runId });
  await world.run(30);
  await world.endRun(runId);
  await world.run(30);
  expect(await world.store.jobs.read(String(job.id))).toMatchObject({ state: "completed", conclusion: "success" });
  expect(await world.store.slots.list("total")).toEqual([]);
}

test("a job costs 90 units of writing and 70 of reading at most, also when 100 jobs before it are remembered", async () => {
  const { world, meter } = await meteredWorld();
  await runJob(world, 900);
  const history = await world.store.histories.read(labelHistoryKey(71, ["mayfly"]));
  const [past] = history?.jobs ?? [];
  if (history === undefined || past === undefined) throw new Error("the first job is not remembered");
  const jobs = Array.from({ length: 100 }, (_, index) => ({ ...past, jobId: index, atMs: past.atMs + index }));
  await world.store.histories.write({ ...history, version: history.version + 1, jobs });
  meter.reset();
  await runJob(world, 901);
  expect(meter.writeUnits).toBeLessThanOrEqual(90);
  expect(meter.readUnits).toBeLessThanOrEqual(70);
  // The rights that roles need, and no scan.
  const operations = ["BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"];
  expect(Object.keys(meter.calls).toSorted()).toEqual(operations);
});

test("a minute in which nothing happens costs 10 units of writing and 15 of reading at most", async () => {
  const { world, meter } = await meteredWorld();
  await runJob(world, 900);
  meter.reset();
  await world.run(600);
  expect(meter.writeUnits / 10).toBeLessThanOrEqual(10);
  expect(meter.readUnits / 10).toBeLessThanOrEqual(15);
  expect(meter.writeUnits).toBeGreaterThan(0);
});
