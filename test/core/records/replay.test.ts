import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { memoryStore } from "../../../src/adapters/store/memory.ts";
import { sqliteStore } from "../../../src/adapters/store/sqlite.ts";
import { dynamodbStore } from "../../../src/adapters/store/dynamodb.ts";
import { schemaOf } from "../../../src/core/model/open-record.ts";
import { tables } from "../../../src/core/model/tables.ts";
import type { Clock, JobFacts, Store } from "../../../src/core/ports.ts";
import { dynaliteServer } from "../../helpers/dynalite-table.ts";
import { repository } from "../../helpers/records.ts";
import { sqliteFiles } from "../../helpers/sqlite-files.ts";
import type { WorldRunner } from "../../helpers/world/github.ts";
import type { WorldMachine } from "../../helpers/world/machines.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";

/**
 * What version 0.1.0 had in its store, and what there was outside, at one moment with jobs in flight: made by that
 * version's own code in its own test world, never by hand.
 */
type Moment = {
  readonly nowMs: number;
  readonly slots: { readonly total: readonly string[] };
  readonly machines: readonly (Pick<WorldMachine, "claimId" | "session" | "githubName" | "state"> & {
    readonly runner: string;
    readonly token: string;
    readonly instanceId: string | null;
  })[];
  readonly githubRunners: readonly Omit<WorldRunner, "scope">[];
  readonly githubJobs: readonly JobFacts[];
  readonly records: Readonly<
    Record<"jobs" | "runners" | "runs" | "pools" | "repositories", readonly { readonly version: number }[]>
  >;
};

const moment = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../fixtures/records/0.1.0.json"), "utf8"),
) as Moment;

const dynalite = dynaliteServer();

const { newFile, opened } = sqliteFiles();

/** Each makes its tables first, and the store for the world's own clock then. */
const stores: Readonly<Record<string, () => Promise<(clock: Clock) => Store>>> = {
  memory: async () => memoryStore,
  sqlite: async () => (clock) => sqliteStore(opened(newFile()), clock),
  dynamodb: async () => {
    const made = await dynalite.newTable();
    return (clock) => dynamodbStore({ ...made, clock });
  },
};

/** Today's Mayfly in the world of that moment. */
async function upgraded(store: (clock: Clock) => Store): Promise<World> {
  const settings = { caps: { total: 4, executions: {}, repository: undefined } };
  const world = makeWorld({ settings, store });
  world.clock.advance((moment.nowMs - world.clock.nowMs()) / 1000);
  for (const [name, records] of Object.entries(moment.records)) {
    const table = world.store[name as keyof Moment["records"]];
    for (const record of records) await writeAs(table, record);
  }
  for (const runner of moment.slots.total) await world.store.slots.take("total", runner, 4, moment.nowMs + 900_000);
  for (const runner of moment.githubRunners) world.github.runners.set(runner.id, { ...runner, scope: { repository } });
  for (const job of moment.githubJobs) world.github.jobs.set(job.id, { ...job });
  for (const { checkRunId } of moment.records.runs as readonly { readonly checkRunId?: number }[]) {
    if (checkRunId !== undefined) world.github.checkRuns.set(checkRunId, { id: checkRunId, annotations: [] } as never);
  }
  for (const { runner: runnerName, token: claimToken, instanceId, ...rest } of moment.machines) {
    const request = { runnerName, claimToken, region: "eu-central-1" } as WorldMachine["request"];
    const machine = { ...rest, request, startsAtMs: moment.nowMs + 1000, answers: [] };
    if (instanceId === null) world.compute.machines.push(machine);
    else world.ec2.machines.push({ ...machine, instanceId, launchedAtMs: moment.nowMs - 5000 });
  }
  return world;
}

/** A record as it was, whatever its version number: through the front door it would have to be written that often. */
async function writeAs(
  table: { write(record: never): Promise<boolean> },
  record: { readonly version: number },
): Promise<void> {
  for (let version = 1; version <= record.version; version += 1) {
    expect(await table.write({ ...record, version } as never)).toBe(true);
  }
}

describe("records that version 0.1.0 wrote", () => {
  test.each(Object.entries(stores))(
    "%s: its jobs in flight run to their end, once each, and nothing is left",
    async (_, makeStore) => {
      const world = await upgraded(await makeStore());
      const running = moment.githubJobs.filter(({ status }) => status === "in_progress");
      expect(running.map(({ id }) => id)).toEqual([1001, 1002, 1005]);
      for (const { id, runnerName = "" } of running) {
        await world.deliver("completed", world.github.finish(id, "success", world.clock.nowMs()));
        await world.compute.end(runnerName, world.app, { exitCode: 100, outcome: "job-succeeded" });
        await world.ec2.end(runnerName, world.app, { exitCode: 100, outcome: "job-succeeded" });
      }
      await world.run(240);
      await world.endRun();
      await world.run(90);
      const ids = moment.githubJobs.map(({ id }) => id);
      const jobs = await Promise.all(ids.map(async (id) => await world.store.jobs.read(String(id))));
      expect(jobs.map((job) => [job?.id, job?.state])).toEqual([
        [1001, "completed"],
        [1002, "completed"],
        [1005, "completed"],
        [1006, "completed"],
        [1008, "completed"],
        [1009, "refused"],
      ]);
      // 1006's machine was booting before, 1008 had none yet.
      expect(world.compute.launches() + world.ec2.machines.length).toBe(5);
      expect(await world.store.slots.list("total")).toEqual([]);
      expect(world.github.runners.size).toBe(0);
      expect(await world.queue.deadLetters()).toEqual([]);
      const [checkRun] = world.github.checkRuns.values();
      expect(checkRun?.text).toContain("job-1001");
    },
  );
});

test("every kind of record has the schema that its upgrades lead to, and upgrades nothing else", () => {
  for (const rules of Object.values(tables)) expect(schemaOf(rules)).toBe(rules.upgrades.length + 1);
  const written = Object.values(moment.records).flat() as unknown as readonly { readonly schema: number }[];
  expect(new Set(written.map(({ schema }) => schema))).toEqual(new Set([1]));
});
