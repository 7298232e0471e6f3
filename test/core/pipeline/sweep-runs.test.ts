import { describe, expect, test } from "@jest/globals";
import { neverMs } from "../../../src/core/model/served-repository.ts";
import type { ServedRepository } from "../../../src/core/model/served-repository.ts";
import { repository } from "../../helpers/records.ts";
import { found, look, serve } from "../../helpers/world/sweep.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";

const served = async (world: World): Promise<ServedRepository | undefined> => await world.store.repositories.read("71");
const calls = (world: World): number => {
  const { "list-runs": runs = 0, "list-jobs": jobs = 0 } = world.github.faults.calls;
  return runs + jobs;
};

describe("a repository is served", () => {
  test("from the recording of its first job on; its activity is written once a minute", async () => {
    const world = makeWorld();
    expect(await served(world)).toBeUndefined();
    for (let count = 0; count < 20; count += 1) await world.queueJob();
    await world.work();
    expect(await served(world)).toMatchObject({ version: 1, activeAtMs: world.clock.nowMs(), repository });
    world.clock.advance(61);
    await world.queueJob();
    await world.queueJob();
    await world.work();
    expect(await served(world)).toMatchObject({ version: 2, activeAtMs: world.clock.nowMs() });
  });

  test("when the first that is heard of a job is that it runs", async () => {
    const world = makeWorld();
    const job = world.github.addJob({ status: "in_progress", startedAtMs: world.clock.nowMs() });
    await world.deliver("in_progress", job);
    await world.work();
    expect(await served(world)).toMatchObject({ version: 1 });
  });

  test("though the worker died between the job's record and this one", async () => {
    for (let write = 1; write <= 3; write += 1) {
      const world = makeWorld();
      world.mortal.dieAtWrite(write);
      await world.queueJob();
      await world.run(200);
      expect(await served(world)).toBeDefined();
    }
  });

  test("not for other people's jobs", async () => {
    const world = makeWorld();
    await world.queueJob({ labels: ["self-hosted", "gpu"] });
    await world.run(1);
    expect(await served(world)).toBeUndefined();
  });
});

describe("no delivery was ever attempted", () => {
  test("of `queued`: the job is served within three minutes, and told once", async () => {
    const world = makeWorld({ settings: { sweep: { everySeconds: 55 } } });
    await world.queueJob();
    await world.run(61);
    const job = await world.queueJob({}, 0);
    await world.run(180);
    expect(await world.store.jobs.read(String(job.id))).toMatchObject({ state: "completed", launches: 1 });
    expect(found(world)).toHaveLength(1);
    expect(found(world)[0]).toContain(`"job":${job.id}`);
    expect(world.github.deliveries.filter(({ ok }) => !ok)).toEqual([]);
  });

  test("of `in_progress`: the job is known to run within three minutes", async () => {
    const world = makeWorld({ forget: (action) => action === "in_progress", jobSeconds: 600 });
    const job = await world.queueJob();
    await world.run(180);
    const record = await world.store.jobs.read(String(job.id));
    expect(record).toMatchObject({ state: "running", runnerName: `mayfly-${job.id}-1` });
    expect(found(world)).toHaveLength(1);
  });

  test("of a job in a run of which another job runs already", async () => {
    const world = makeWorld({ jobSeconds: 600 });
    await world.queueJob();
    await world.run(30);
    const late = await world.queueJob({}, 0);
    await world.run(180);
    expect(await world.store.jobs.read(String(late.id))).toMatchObject({ state: "running" });
  });
});

describe("a look", () => {
  test("costs two calls, and one for each hundred jobs of each run; what it cost is noted", async () => {
    const world = makeWorld();
    await serve(world);
    await look(world);
    expect(calls(world)).toBe(2);
    expect(await served(world)).toMatchObject({ calls: 2, sweptAtMs: world.clock.nowMs() });
    for (let job = 0; job < 201; job += 1) world.github.addJob({ runId: 1 });
    world.github.addJob({ runId: 2, status: "in_progress" });
    world.github.addJob({ runId: 3, status: "completed" });
    world.github.runStatus.set(3, "completed");
    world.clock.advance(60);
    expect(await look(world)).toHaveLength(202);
    expect(await served(world)).toMatchObject({ calls: 2 + 3 + 1 });
  });

  test("lists the jobs of 30 runs, newest first, and the next one goes on below them", async () => {
    const world = makeWorld();
    await serve(world);
    for (let run = 1; run <= 70; run += 1) world.github.addJob({ runId: run });
    world.clock.advance(60);
    const runs: number[][] = [];
    for (let count = 0; count < 3; count += 1) runs.push((await look(world)).map(({ job }) => job.runId));
    const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, index) => from - index);
    expect(runs).toEqual([down(70, 41), down(40, 11), [...down(10, 1), ...down(70, 51)]]);
    expect(await served(world)).toMatchObject({ calls: 32, resumeBelowRunId: 51 });
  });

  test("passes over a run that has been deleted in the meantime", async () => {
    const world = makeWorld();
    await serve(world);
    world.github.addJob({ runId: 1 });
    world.github.addJob({ runId: 2 });
    world.clock.advance(60);
    world.github.faults.plant({ operation: "list-jobs", kind: "not-found", when: "before", times: 1 });
    expect((await look(world)).map(({ job }) => job.runId)).toEqual([1]);
    expect(await served(world)).toMatchObject({ refused: undefined, sweptAtMs: world.clock.nowMs() });
  });
});

describe("a look that fails", () => {
  test("because of a limit comes again when the limit is over, and not by the message", async () => {
    const world = makeWorld();
    await serve(world, { dueAtMs: world.clock.nowMs() });
    const limit = { kind: "rate-limited", when: "before", times: 1, retryAfterSeconds: 600 } as const;
    world.github.faults.plant({ operation: "list-runs", ...limit });
    await world.run(590);
    expect(calls(world)).toBe(1);
    await world.run(180);
    expect(calls(world)).toBe(3);
    expect(await world.queue.deadLetters()).toEqual([]);
  });

  test.each(["forbidden", "not-found"] as const)(
    "%s: hourly from then on, said once, until it is allowed",
    async (kind) => {
      const world = makeWorld();
      await serve(world);
      world.github.faults.plant({ operation: "list-runs", kind, when: "before", times: 4 });
      await world.run(3 * 3600 + 120);
      expect(calls(world)).toBe(4);
      expect(world.logged.filter((line) => line.startsWith("runs cannot be listed"))).toHaveLength(1);
      // A job of it does not make it due at once.
      await world.queueJob();
      await world.run(1800);
      expect(calls(world)).toBe(4);
      await world.run(2400);
      expect(await served(world)).toMatchObject({ refused: undefined });
      expect(calls(world)).toBeGreaterThan(5);
    },
  );
});

describe("how often", () => {
  test("each minute within a day of its last job, then hourly, and after a week not at all until it has a job", async () => {
    const world = makeWorld();
    const start = world.clock.nowMs();
    await serve(world);
    const looksIn = async (hours: number): Promise<number> => {
      const before = world.github.faults.calls["list-runs"] ?? 0;
      for (let minute = 0; minute < hours * 60; minute += 1) {
        world.clock.advance(60);
        await world.app.onSchedule("schedule");
        await world.work();
      }
      return ((world.github.faults.calls["list-runs"] ?? 0) - before) / 2;
    };
    expect(await looksIn(24)).toBe(24 * 60);
    await looksIn(1);
    expect(await looksIn(24)).toBe(24);
    world.clock.advance(6 * 86_400);
    await looksIn(1);
    expect(await looksIn(2)).toBe(0);
    expect(await served(world)).toMatchObject({ dueAtMs: neverMs, activeAtMs: start });
    await world.queueJob();
    await world.run(180);
    expect((await served(world))?.dueAtMs).toBeLessThan(world.clock.nowMs() + 60_000);
  });

  test("not at all once its installation is not served any more", async () => {
    const world = makeWorld({ settings: { installations: [6] } });
    await serve(world);
    await world.run(120);
    expect(calls(world)).toBe(0);
    expect(await served(world)).toMatchObject({ dueAtMs: neverMs });
  });
});
