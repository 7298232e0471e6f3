import { describe, expect, test } from "@jest/globals";
import { CallError } from "../../../src/core/errors/call-error.ts";
import { runKeyOf } from "../../../src/core/model/run.ts";
import type { JobFacts } from "../../../src/core/ports.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";

// What the simulation found in worlds where the truth comes late: each test fails without its mend.

const completed = (world: World, job: JobFacts): JobFacts => {
  const ended = { ...job, status: "completed", conclusion: "cancelled", completedAtMs: world.clock.nowMs() };
  world.github.jobs.set(job.id, ended);
  return ended;
};

describe("deliveries that come much too late", () => {
  test("what they say of a job is read again before a runner is launched for it", async () => {
    const world = makeWorld();
    const waiting = world.github.addJob({ status: "waiting", createdAtMs: world.clock.nowMs() });
    world.clock.advance(2600);
    completed(world, waiting);
    await world.deliver("queued", waiting);
    await world.work();
    world.clock.advance(45);
    await world.deliver("queued", { ...waiting, status: "queued" });
    await world.run(30);
    expect(world.compute.launches()).toBe(0);
    expect(await world.store.jobs.read(String(waiting.id))).toMatchObject({ state: "completed" });
  });
});

describe("a runner whose time is over and that runs a job which only GitHub knows of", () => {
  test("keeps its machine, because GitHub does not let go of it, and counts as busy", async () => {
    const world = makeWorld({ jobSeconds: 5000, drop: (action) => action === "in_progress" });
    const job = await world.queueJob({ labels: ["mayfly/ec2"] });
    await world.run(30);
    const name = `mayfly-${job.id}-1`;
    const record = await world.store.runners.read(name);
    if (record?.claimId === undefined) throw new Error("the runner has not claimed its job");
    expect(record.jobId).toBeUndefined();
    await world.store.runners.write({ ...record, version: record.version + 1, dueAtMs: world.clock.nowMs() });
    expect(await world.app.onMessage({ kind: "reap", runner: name }, 1)).toEqual({ outcome: "done" });
    expect(await world.store.runners.read(name)).toMatchObject({ state: "busy", endedAtMs: undefined });
    expect([...world.github.runners.values()]).toMatchObject([{ jobId: job.id }]);
    expect(world.ec2.alive()).toHaveLength(1);
  });
});

describe("a job that turns out to be over", () => {
  test("gets no other runner though the machine of its old one cannot be ended", async () => {
    const world = makeWorld({ forget: (action) => action !== "queued", jobSeconds: 1000 });
    const createdAtMs = world.clock.nowMs() - 30_000;
    const job = await world.queueJob({ labels: ["self-hosted", "mayfly/ec2"], createdAtMs });
    await world.run(25);
    world.github.finish(job.id, "cancelled", world.clock.nowMs());
    const [machine] = world.ec2.machines;
    if (machine !== undefined) await world.ec2.end(machine.githubName, world.app, { outcome: "job-cancelled" });
    const name = machine?.request.runnerName ?? "";
    while ((await world.store.runners.read(name))?.state !== "ended") await world.run(1);
    world.ec2.faults.plant({ operation: "TerminateInstances", kind: "unavailable", when: "before", times: 1 });
    // GitHub may hold the jobs of a pool whose runners stand idle, until something of the repository ends
    await world.endRun();
    await world.run(300);
    expect(world.ec2.machines).toHaveLength(1);
    expect(await world.store.jobs.read(String(job.id))).toMatchObject({ state: "completed" });
  });
});

describe("an instance with a spot notice that stood idle to its end all the same", () => {
  test("lets its pool back off", async () => {
    const world = makeWorld({ pick: (count) => count });
    const job = await world.queueJob({ labels: ["self-hosted", "mayfly/ec2"] });
    await world.run(40);
    const [machine] = world.ec2.machines;
    const tell = async (event: object): Promise<void> => {
      const sent = { runner: machine?.request.runnerName, session: machine?.session, ...event };
      expect((await world.app.onHost("/host/event", sent)).status).toBe(204);
    };
    await tell({ type: "notice", cause: "Spot interruption: terminate" });
    await tell({ type: "ended", outcome: "idle", cause: "no job came", exitCode: 0 });
    await world.run(120);
    expect(world.ec2.machines).toHaveLength(1);
    expect((await world.store.jobs.read(String(job.id)))?.reason?.code).toBe("MF-HELD-BY-GITHUB");
  });
});

test("a report that reads lists which lag behind leaves the look that is due", async () => {
  const world = makeWorld({ jobSeconds: 20 });
  const job = await world.queueJob();
  await world.run(20);
  const { jobs } = world.store;
  const record = await jobs.read(String(job.id));
  if (record === undefined) throw new Error("the job is not known");
  const key = runKeyOf(record);
  const list = jobs.list.bind(jobs);
  const stale = await list({ index: "run", key });
  expect(stale).toMatchObject([{ state: "running" }]);
  while ((await jobs.read(String(job.id)))?.state === "running") await world.run(1);
  Object.assign(jobs, { list: async () => stale });
  expect(await world.app.onMessage({ kind: "report", run: key }, 1)).toEqual({ outcome: "done" });
  Object.assign(jobs, { list });
  await world.run(400);
  expect([...world.github.checkRuns.values()]).toMatchObject([{ status: "completed" }]);
});

test("slots that could not be kept for a late turn are kept when the launch is taken up again", async () => {
  const { ec2 } = makeWorld();
  const traits = { ...ec2.provider.traits, launchRate: { burst: 1, perSecond: 0.002 } };
  const world = makeWorld({
    ec2: { ...ec2.provider, traits },
    settings: { caps: { total: 2, executions: {}, repository: undefined } },
  });
  await world.queueJob({ labels: ["self-hosted", "mayfly/ec2"] });
  await world.work();
  const take = world.store.slots.take.bind(world.store.slots);
  let fails = 1;
  const broken = async (...facts: Parameters<typeof take>): Promise<boolean> => {
    // the second call of a launch moves the expiry
    if (facts[2] === Number.MAX_SAFE_INTEGER && fails-- > 0) {
      throw new CallError({ service: "store", operation: "take-slot", kind: "unavailable", message: "no answer" });
    }
    return await take(...facts);
  };
  Object.assign(world.store.slots, { take: broken });
  const late = await world.queueJob({ labels: ["self-hosted", "mayfly/ec2"] });
  await world.run(400);
  expect(fails).toBeLessThan(1);
  expect(await world.store.slots.list("total")).toContain(`mayfly-${late.id}-1`);
});
