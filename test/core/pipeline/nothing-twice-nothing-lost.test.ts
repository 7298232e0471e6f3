import { describe, expect, test } from "@jest/globals";
import { defaultTimings } from "../../../src/core/settings.ts";
import { jobRecord } from "../../helpers/records.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";

async function states(world: World): Promise<Record<string, number>> {
  const count: Record<string, number> = {};
  for (const id of world.github.jobs.keys()) {
    const state = (await world.store.jobs.read(String(id)))?.state ?? "unknown";
    count[state] = (count[state] ?? 0) + 1;
  }
  return count;
}

/** A generator of numbers that a test can repeat. */
function seeded(seed: number): (count: number) => number {
  let state = seed;
  return (count) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * count);
  };
}

describe("webhooks", () => {
  test("a delivery that arrives twice launches once", async () => {
    const world = makeWorld();
    await world.queueJob({}, 3);
    await world.run(40);
    expect(world.compute.launches()).toBe(1);
    expect(world.compute.machines).toHaveLength(1);
    expect(await states(world)).toEqual({ completed: 1 });
  });

  test("a redelivery long after the job has ended launches nothing", async () => {
    const world = makeWorld();
    const job = await world.queueJob();
    await world.run(40);
    await world.deliver("queued", job);
    await world.run(200);
    expect(world.compute.launches()).toBe(1);
  });

  test("completed before queued and in_progress: nothing is launched, the job is known as completed", async () => {
    const world = makeWorld();
    const job = world.github.addJob();
    const ended = { ...job, status: "completed", conclusion: "cancelled", completedAtMs: world.clock.nowMs() };
    world.github.jobs.set(job.id, ended);
    await world.deliver("completed", ended);
    await world.work();
    await world.deliver("in_progress", { ...job, status: "in_progress", runnerName: "somebody-else" });
    await world.deliver("queued", job);
    await world.run(30);
    expect(world.compute.launches()).toBe(0);
    expect(await world.store.jobs.read(String(job.id))).toMatchObject({ state: "completed", conclusion: "cancelled" });
  });

  test("completed before in_progress on our runner: the runner is known and ends", async () => {
    const world = makeWorld({ drop: (action) => action === "in_progress" });
    const job = await world.queueJob();
    await world.run(50);
    const record = await world.store.jobs.read(String(job.id));
    expect(record).toMatchObject({ state: "completed", runnerName: `mayfly-${job.id}-1` });
    expect(await world.store.runners.read(`mayfly-${job.id}-1`)).toMatchObject({ state: "ended", jobId: job.id });
  });

  test("a failed delivery of `queued` is found by sweep and served within three minutes", async () => {
    const world = makeWorld();
    const dropped = makeWorld({ drop: (action) => action === "queued" });
    await dropped.queueJob();
    await dropped.run(180);
    expect(await states(dropped)).toEqual({ completed: 1 });
    expect(dropped.github.faults.calls["get-delivery"]).toBe(1);
    // and a sweep without failures costs one call
    await world.run(60);
    expect(world.github.faults.calls).toEqual({ "list-deliveries": 1 });
  });

  test("a failed delivery that GitHub has forgotten holds up no other, and its job is found by its run", async () => {
    const world = makeWorld({ drop: (action) => action === "queued" });
    world.github.faults.plant({ operation: "get-delivery", kind: "not-found", when: "before", times: 1 });
    await world.queueJob();
    await world.queueJob();
    await world.run(180);
    expect(await states(world)).toEqual({ completed: 2 });
    expect(world.github.faults.calls["get-delivery"]).toBe(2);
  });

  test("a `queued` for a job that waits for approval launches only when it is approved", async () => {
    const world = makeWorld();
    const job = world.github.addJob({ status: "waiting" });
    await world.deliver("queued", job);
    await world.run(30);
    expect(world.compute.launches()).toBe(0);
    expect((await world.store.jobs.read(String(job.id)))?.reason?.code).toBe("MF-HELD-BY-GITHUB");
    world.github.jobs.set(job.id, { ...job, status: "queued" });
    await world.deliver("queued", { ...job, status: "queued" });
    await world.run(30);
    expect(await states(world)).toEqual({ completed: 1 });
  });

  test("an approval whose `queued` is lost is found by looking again", async () => {
    const world = makeWorld();
    const job = world.github.addJob({ status: "waiting" });
    await world.deliver("queued", job);
    await world.run(120);
    expect(world.compute.launches()).toBe(0);
    world.github.jobs.set(job.id, { ...job, status: "queued" });
    // GitHub does not hand it out before it has a runner, and tells nobody
    await world.run(420);
    expect(await states(world)).toEqual({ completed: 1 });
    expect(world.compute.launches()).toBe(1);
  });

  test("a run that was deleted is not asked after for ever", async () => {
    const world = makeWorld({ jobSeconds: 5000 });
    const job = await world.queueJob();
    await world.run(20);
    world.github.jobs.delete(job.id);
    await world.endRun();
    await world.run(300);
    expect(await world.store.jobs.read(String(job.id))).toMatchObject({ state: "completed", conclusion: undefined });
    const asked = world.github.faults.calls["get-job"] ?? 0;
    await world.run(300);
    expect(world.github.faults.calls["get-job"] ?? 0).toBe(asked);
  });

  test("an installation that is not served, and a job without our label, cause no write at all", async () => {
    const world = makeWorld({ settings: { installations: [99] } });
    await world.queueJob();
    const others = makeWorld();
    await others.queueJob({ labels: ["ubuntu-latest"] });
    expect(await world.queue.size()).toBe(0);
    expect(await others.queue.size()).toBe(0);
  });
});

test("a job that its `if:` skipped is never spoken of", async () => {
  const world = makeWorld();
  const job = world.github.addJob();
  await world.deliver("completed", { ...job, status: "completed", conclusion: "skipped" });
  await world.run(10);
  expect(await world.store.jobs.read(String(job.id))).toBeUndefined();
});

describe("a worker that dies", () => {
  test.each(Array.from({ length: 12 }, (_, index) => index + 1))(
    "instead of write %i: the job runs on one machine all the same",
    async (count) => {
      const world = makeWorld({ settings: { caps: { total: 5, executions: {}, repository: undefined } } });
      world.mortal.dieAtWrite(count);
      await world.queueJob();
      await world.run(360);
      await world.endRun();
      await world.run(120);
      expect(await states(world)).toEqual({ completed: 1 });
      expect(world.compute.launches()).toBe(1);
      expect(await world.store.slots.list("total")).toEqual([]);
      expect(await world.queue.size()).toBe(0);
    },
  );
});

describe("lost replies", () => {
  test("of the JIT request: the registration left behind is deleted and another name is used", async () => {
    const world = makeWorld();
    world.github.faults.plant({ operation: "generate-jitconfig", kind: "lost-reply", when: "after", times: 1 });
    const job = await world.queueJob();
    await world.run(40);
    expect(await states(world)).toEqual({ completed: 1 });
    expect(world.github.runners.size).toBe(0);
    expect((await world.store.runners.read(`mayfly-${job.id}-1`))?.mints).toBe(2);
    expect(world.compute.launches()).toBe(1);
  });

  test("of Invoke: the same bytes are sent again, and not at all once the machine has claimed", async () => {
    const world = makeWorld();
    world.compute.faults.plant({ operation: "Invoke", kind: "lost-reply", when: "after", times: 1 });
    await world.queueJob();
    await world.run(60);
    expect(await states(world)).toEqual({ completed: 1 });
    expect(world.compute.launches()).toBe(1);
    expect(world.compute.machines).toHaveLength(1);
  });

  test("of Invoke, every one: one machine per job, identical requests", async () => {
    const world = makeWorld();
    world.compute.faults.plant({ operation: "Invoke", kind: "lost-reply", when: "after", times: 99 });
    await world.queueJob();
    await world.queueJob();
    await world.run(200);
    expect(await states(world)).toEqual({ completed: 2 });
    expect(world.compute.launches()).toBe(2);
    const bytes = world.compute.machines.map((machine) => JSON.stringify(machine.request));
    expect(new Set(bytes).size).toBe(2);
  });

  test("of a check run's creation: it is looked up, not created twice, and its annotations stand once", async () => {
    const world = makeWorld();
    world.github.faults.plant({ operation: "create-check-run", kind: "lost-reply", when: "after", times: 1 });
    await world.queueJob();
    await world.run(20);
    await world.endRun();
    await world.run(120);
    expect(world.github.checkRuns.size).toBe(1);
    expect([...world.github.checkRuns.values()][0]?.annotations).toHaveLength(1);
    expect(await world.queue.size()).toBe(0);
  });
});

test("two reports of a run at the same time are one check run", async () => {
  const world = makeWorld();
  const { port } = world.github;
  const create = port.createCheckRun.bind(port);
  const verdicts: string[] = [];
  Object.assign(port, {
    createCheckRun: async (...facts: Parameters<typeof create>) => {
      verdicts.push((await world.app.onMessage({ kind: "report", run: "71#900#1" }, 1)).outcome);
      return await create(...facts);
    },
  });
  await world.queueJob();
  await world.run(20);
  await world.endRun();
  await world.run(120);
  expect(verdicts).toEqual(["again"]);
  expect(world.github.checkRuns.size).toBe(1);
  expect([...world.github.checkRuns.values()][0]?.annotations).toHaveLength(1);
});

describe("invocations", () => {
  test("delivered twice: one claim gets a JIT config, the other 409", async () => {
    const world = makeWorld();
    world.compute.disturb("duplicate", 1);
    await world.queueJob();
    await world.run(40);
    expect(
      world.compute.machines.flatMap((machine) => machine.answers).toSorted((left, right) => left - right),
    ).toEqual([200, 409]);
    expect(world.github.faults.calls["generate-jitconfig"]).toBe(1);
    expect(await states(world)).toEqual({ completed: 1 });
  });

  test("that vanish: the runner ends after 90 s and the pool launches another", async () => {
    const world = makeWorld();
    world.compute.disturb("drop", 1);
    const job = await world.queueJob();
    await world.run(180);
    expect(await states(world)).toEqual({ completed: 1 });
    const first = await world.store.runners.read(`mayfly-${job.id}-1`);
    expect(first).toMatchObject({ state: "ended", cause: "not claimed within 90 s" });
    expect((await world.store.jobs.read(String(job.id)))?.runnerName).toBe(`mayfly-${job.id}-2`);
  });

  test("that are throttled: the job says why it waits, and runs when there is room", async () => {
    const world = makeWorld();
    world.compute.faults.plant({ operation: "Invoke", kind: "capacity", when: "before", times: 4 });
    const job = await world.queueJob();
    await world.run(3);
    expect((await world.store.jobs.read(String(job.id)))?.reason?.code).toBe("MF-COMPUTE-CAPACITY");
    await world.run(120);
    expect(await states(world)).toEqual({ completed: 1 });
    expect(world.compute.launches()).toBe(1);
  });

  test("that fail while their job gets another's runner are taken up for the job that is left", async () => {
    const world = makeWorld({ pick: (count) => count - 1, jobSeconds: 30 });
    world.compute.faults.plant({ operation: "Invoke", kind: "capacity", when: "before", times: 2 });
    const jobs = [await world.queueJob(), await world.queueJob(), await world.queueJob()];
    await world.run(75);
    expect(await states(world)).toEqual({ completed: 3 });
    expect(world.compute.launches()).toBe(3);
    expect(jobs.some((job) => !world.github.jobs.get(job.id)?.runnerName?.includes(`-${job.id}-`))).toBe(true);
  });

  test("by the pool that fail are tried again, not waited out", async () => {
    const world = makeWorld();
    world.compute.disturb("drop", 1);
    const job = await world.queueJob();
    await world.run(60);
    world.compute.faults.plant({ operation: "Invoke", kind: "capacity", when: "before", times: 2 });
    await world.run(100);
    expect(await states(world)).toEqual({ completed: 1 });
    expect((await world.store.jobs.read(String(job.id)))?.launches).toBe(2);
  });

  test("that AWS refuses for good: the job is refused with the reason, no slot stays taken", async () => {
    const world = makeWorld({ settings: { caps: { total: 1, executions: {}, repository: undefined } } });
    world.compute.faults.plant({ operation: "Invoke", kind: "forbidden", when: "before", times: 1 });
    const job = await world.queueJob();
    await world.run(20);
    const record = await world.store.jobs.read(String(job.id));
    expect(record).toMatchObject({ state: "refused", reason: { code: "MF-COMPUTE-REFUSED" } });
    expect(await world.store.slots.list("total")).toEqual([]);
    expect([...world.github.checkRuns.values()][0]?.conclusion).toBe("failure");
  });
});

describe("runners are shared by GitHub", () => {
  test.each([1, 2, 3, 4, 5])("20 jobs with equal labels, shuffled (seed %i): exactly 20 launches", async (seed) => {
    const world = makeWorld({ pick: seeded(seed), jobSeconds: 15 });
    await Promise.all(Array.from({ length: 20 }, () => world.queueJob()));
    await world.run(240);
    expect(await states(world)).toEqual({ completed: 20 });
    expect(world.compute.launches()).toBe(20);
    const swapped = [...world.github.jobs.values()].filter((job) => !job.runnerName?.includes(`-${job.id}-`));
    expect(swapped.length).toBeGreaterThan(5);
  });

  test("an evaluation in the middle of a start's two writes launches nothing", async () => {
    const world = makeWorld({ settings: { timings: { ...defaultTimings, staleAfterSeconds: 2 } } });
    const job = await world.queueJob();
    const { pool, repository, labels } = jobRecord(job.id, { labels: job.labels });
    const evaluate = { kind: "pool", pool, repository, labels } as const;
    const { jobs, runners } = world.store;
    const evaluateBefore = <T extends { state: string }>(write: (record: T) => Promise<boolean>) => ({
      write: async (record: T): Promise<boolean> => {
        if (record.state === "running" || record.state === "busy") await world.app.onMessage(evaluate, 1);
        return await write(record);
      },
    });
    Object.assign(jobs, evaluateBefore(jobs.write.bind(jobs)));
    Object.assign(runners, evaluateBefore(runners.write.bind(runners)));
    await world.run(30);
    expect(await states(world)).toEqual({ completed: 1 });
    expect(world.compute.launches()).toBe(1);
  });

  test("a runner taken by a job we never heard of is replaced at once", async () => {
    const world = makeWorld({ drop: (action, job) => action === "queued" && job.name === "thief" });
    const thief = await world.queueJob({ name: "thief" });
    const job = await world.queueJob();
    await world.run(50);
    expect(world.github.jobs.get(thief.id)?.runnerName).toBe(`mayfly-${job.id}-1-1`);
    expect(await world.store.jobs.read(String(job.id))).toMatchObject({
      state: "completed",
      runnerName: `mayfly-${job.id}-2`,
    });
    expect(world.compute.launches()).toBe(2);
  });

  test("a job cancelled while queued: its idle runner is ended, nothing is left", async () => {
    const world = makeWorld({ settings: { caps: { total: 3, executions: {}, repository: undefined } } });
    const job = await world.queueJob();
    await world.work();
    const cancelled = { ...job, status: "completed", conclusion: "cancelled", completedAtMs: world.clock.nowMs() };
    world.github.jobs.set(job.id, cancelled);
    await world.deliver("completed", cancelled);
    await world.run(20);
    expect(world.compute.machines[0]?.answers).toEqual([410]);
    expect(await world.store.slots.list("total")).toEqual([]);
    expect(world.github.runners.size).toBe(0);
  });

  test("a runner that stands idle because GitHub holds its job ends, and the pool backs off", async () => {
    const world = makeWorld({ pick: (count) => (held ? count : 0) });
    let held = true;
    const job = await world.queueJob();
    await world.run(400);
    expect(await world.store.runners.read(`mayfly-${job.id}-1`)).toMatchObject({ state: "ended" });
    await world.run(240);
    expect(world.compute.launches()).toBe(1);
    expect((await world.store.jobs.read(String(job.id)))?.reason?.code).toBe("MF-HELD-BY-GITHUB");
    held = false;
    await world.run(240);
    expect(await states(world)).toEqual({ completed: 1 });
    expect(world.compute.launches()).toBe(2);
  });
});

test("a pool that backs off tries once more when a run of its repository ends", async () => {
  const world = makeWorld({ pick: (count) => count });
  await world.queueJob();
  await world.run(420);
  expect(world.compute.launches()).toBe(1);
  await world.endRun(901);
  await world.run(30);
  expect(world.compute.launches()).toBe(2);
});

describe("caps", () => {
  test("60 jobs against a cap of 5: all run, never more than 5 at once, each that waits knows its place", async () => {
    const world = makeWorld({ settings: { caps: { total: 5, executions: {}, repository: undefined } }, jobSeconds: 5 });
    await Promise.all(Array.from({ length: 60 }, () => world.queueJob()));
    await world.work();
    const jobs = await Promise.all([...world.github.jobs.keys()].map((id) => world.store.jobs.read(String(id))));
    const waiting = jobs.filter((job) => job?.state === "waiting");
    expect(waiting).toHaveLength(55);
    for (const job of waiting) expect(job?.reason).toMatchObject({ code: "MF-CAP", scope: "total" });
    expect(waiting.every((job) => (job?.reason?.position ?? 0) >= 1)).toBe(true);
    for (let seconds = 0; seconds < 600; seconds += 1) {
      await world.run(1);
      const running = world.compute.machines.filter((machine) => machine.state !== "ended");
      expect(running.length).toBeLessThanOrEqual(5);
    }
    expect(await states(world)).toEqual({ completed: 60 });
  });
});

test("a job that waits long is told why on the check run, without reading a file and not every minute", async () => {
  const world = makeWorld({ settings: { caps: { total: 1, executions: {}, repository: undefined } }, jobSeconds: 700 });
  const jobs = [await world.queueJob(), await world.queueJob()];
  await world.run(600);
  const [checkRun] = world.github.checkRuns.values();
  expect(checkRun).toMatchObject({ status: "in_progress", annotations: [] });
  expect(checkRun?.summary).toContain("(MF-CAP)");
  expect(checkRun?.summary).toContain("number 1 in the line");
  const { calls } = world.github.faults;
  // both for .github/runner.yml, at the same moment
  expect(calls["get-content"]).toBe(2);
  expect((calls["create-check-run"] ?? 0) + (calls["update-check-run"] ?? 0)).toBeLessThanOrEqual(3);
  expect(jobs).toHaveLength(2);
});

test("a job that waits for a cap keeps its place while its pool backs off", async () => {
  const caps = { total: 1, executions: {}, repository: undefined };
  const world = makeWorld({ settings: { caps }, pick: (count) => (held ? count : 0), jobSeconds: 5 });
  let held = true;
  await world.queueJob();
  await world.queueJob();
  await world.run(480);
  held = false;
  await world.run(1200);
  expect(await states(world)).toEqual({ completed: 2 });
});

describe("GitHub's refusals and limits", () => {
  test("403 without rate-limit headers refuses the job, with a reason its author can read", async () => {
    const world = makeWorld();
    world.github.faults.plant({ operation: "generate-jitconfig", kind: "forbidden", when: "before", times: 9 });
    const job = await world.queueJob();
    await world.run(20);
    const record = await world.store.jobs.read(String(job.id));
    expect(record).toMatchObject({ state: "refused", reason: { code: "MF-GITHUB-REFUSED" } });
    expect(world.compute.machines[0]?.answers).toEqual([410]);
    await world.run(300);
    expect(world.compute.launches()).toBe(1);
  });

  test("a rate limit makes the machine wait, not the queue", async () => {
    const world = makeWorld();
    const limit = { kind: "rate-limited", when: "before", times: 1, retryAfterSeconds: 20 } as const;
    world.github.faults.plant({ operation: "generate-jitconfig", ...limit });
    await world.queueJob();
    await world.run(10);
    expect(world.compute.machines[0]?.answers).toEqual([503]);
    await world.run(60);
    expect(world.compute.machines[0]?.answers).toEqual([503, 200]);
    expect(await states(world)).toEqual({ completed: 1 });
    expect(world.compute.launches()).toBe(1);
  });

  test("without checks: write the jobs run all the same, and it is said once", async () => {
    const world = makeWorld();
    world.github.faults.plant({ operation: "create-check-run", kind: "forbidden", when: "before", times: 9 });
    await world.queueJob();
    await world.run(20);
    await world.endRun();
    await world.run(300);
    expect(await states(world)).toEqual({ completed: 1 });
    expect(world.logged.filter((line) => line.startsWith("check run refused"))).toHaveLength(1);
    expect(world.github.faults.calls["create-check-run"]).toBe(1);
  });
});

describe("machines that die under a job", () => {
  test("the job is lost with its cause, and its check run says so", async () => {
    const world = makeWorld({ jobSeconds: 5000 });
    const job = await world.queueJob();
    await world.run(10);
    const name = world.github.jobs.get(job.id)?.runnerName ?? "";
    await world.compute.end(name, world.app, { outcome: "crashed", cause: "out of memory" });
    await world.run(240);
    const record = await world.store.jobs.read(String(job.id));
    expect(record).toMatchObject({ state: "lost", reason: { code: "MF-MACHINE-LOST" } });
    expect(record?.reason?.detail).toContain("out of memory");
    expect([...world.github.checkRuns.values()][0]?.annotations[0]?.level).toBe("failure");
  });
});
