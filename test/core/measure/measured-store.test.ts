import { expect, test } from "@jest/globals";
import { memoryStore } from "../../../src/adapters/store/memory.ts";
import { measuredStore } from "../../../src/core/measure/measured-store.ts";
import type { MetricName } from "../../../src/core/metrics.ts";
import type { Job } from "../../../src/core/model/job.ts";
import type { Store } from "../../../src/core/ports.ts";
import { jobRecord, planOf } from "../../helpers/records.ts";
import { virtualClock } from "../../helpers/virtual-clock.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";

type Measurement = readonly [MetricName, number, Readonly<Record<string, string>>];

function measuring(): { readonly store: () => Store; readonly measured: Measurement[] } {
  const measured: Measurement[] = [];
  const below = memoryStore(virtualClock());
  const metrics = {
    record: (name: MetricName, value: number, dimensions: Readonly<Record<string, string>>) =>
      void measured.push([name, value, dimensions]),
  };
  return { store: () => measuredStore(below, metrics), measured };
}

async function write(store: Store, job: Job): Promise<boolean> {
  await store.jobs.read(String(job.id));
  return await store.jobs.write(job);
}

test("a job that runs to its end: queued, started, ended, each once", async () => {
  const { store, measured } = measuring();
  const base = { queuedAtMs: 1000, runnerName: "mayfly-1-1", plan: planOf() } as const;
  const running = { ...base, state: "running", startedAtMs: 8500 } as const;
  const completed = { ...running, state: "completed", conclusion: "failure", completedAtMs: 68_500 } as const;
  const tries = [
    await write(store(), jobRecord(1, base)),
    await write(store(), jobRecord(1, { ...running, version: 2 })),
    await write(store(), jobRecord(1, { ...running, version: 2 })),
    await write(store(), jobRecord(1, { ...completed, version: 3 })),
    await write(store(), jobRecord(1, { ...completed, version: 4 })),
  ];
  expect(tries).toEqual([true, true, false, true, true]);
  expect(measured).toEqual([
    ["JobsQueued", 1, {}],
    ["QueueToStart", 7.5, { execution: "lambda" }],
    ["JobsEnded", 1, { execution: "lambda", conclusion: "failure" }],
    ["RunTime", 60, { execution: "lambda" }],
  ]);
});

test("a refused job, a lost one, and one whose end comes after its loss", async () => {
  const { store, measured } = measuring();
  await write(store(), jobRecord(1, { state: "refused", plan: undefined }));
  const lost = {
    state: "lost",
    runnerName: "mayfly-2-1",
    startedAtMs: 2000,
    completedAtMs: 4000,
    plan: planOf(),
  } as const;
  await write(store(), jobRecord(2, { version: 1, state: "running", plan: planOf() }));
  await write(store(), jobRecord(2, { ...lost, version: 2 }));
  await write(store(), jobRecord(2, { ...lost, version: 3, state: "completed", conclusion: "success" }));
  expect(measured.map(([name, , dimensions]) => [name, ...Object.values(dimensions)].join(" "))).toEqual([
    "JobsQueued",
    "JobsRefused",
    "JobsQueued",
    "RunnersLost",
    "JobsEnded lambda lost",
    "RunTime lambda",
  ]);
});

function sum(world: World, name: MetricName): number {
  return world.measured.filter((one) => one.name === name).reduce((total, { value }) => total + value, 0);
}

test("in a world: what was measured is what happened, whoever wrote it", async () => {
  const world = makeWorld({ settings: { caps: { total: 3, executions: { lambda: 2 }, repository: undefined } } });
  for (let count = 0; count < 3; count += 1) await world.queueJob();
  await world.queueJob({ labels: ["mayfly/ec2"] });
  await world.queueJob({ labels: ["mayfly/nobody"] });
  await world.run(240);
  expect({
    queued: sum(world, "JobsQueued"),
    refused: sum(world, "JobsRefused"),
    ended: sum(world, "JobsEnded"),
    launches: sum(world, "Launches"),
  }).toEqual({ queued: 5, refused: 1, ended: 4, launches: 4 });
  expect(sum(world, "RunnerCost")).toBeGreaterThan(0);
  expect(world.measured).toContainEqual({ name: "RunnerCap", value: 2, dimensions: { scope: "lambda" } });
  expect(world.measured).toContainEqual({ name: "RunnerCap", value: 3, dimensions: { scope: "total" } });
  const stock = world.measured.filter(({ name }) => name === "Runners").map(({ dimensions }) => dimensions);
  expect(new Set(stock.map(({ execution, state }) => `${execution} ${state}`)).size).toBe(8);
});
