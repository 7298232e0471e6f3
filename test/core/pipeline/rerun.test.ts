import { describe, expect, test } from "@jest/globals";
import type { Job } from "../../../src/core/model/job.ts";
import type { Run } from "../../../src/core/model/run.ts";
import type { JobFacts } from "../../../src/core/ports.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World, WorldOptions } from "../../helpers/world/world.ts";

const ec2 = { labels: ["mayfly/ec2"] };
const asks = (world: World): number => world.github.faults.calls["rerun"] ?? 0;
const runOf = async (world: World, attempt = 1): Promise<Run | undefined> =>
  await world.store.runs.read(`71#900#${attempt}`);
const jobsOf = async (world: World, attempt: number): Promise<Job[]> =>
  await world.store.jobs.list({ index: "run", key: `71#900#${attempt}` });
const checkRunOf = (world: World, attempt = 1): string =>
  [...world.github.checkRuns.values()].find(({ externalId }) => externalId === `71#900#${attempt}`)?.summary ?? "none";

function rerunWorld(options: WorldOptions = {}): World {
  return makeWorld({ jobSeconds: 36_000, ...options, settings: { rerunLostJobs: true, ...options.settings } });
}

/** So many jobs run on EC2, and AWS takes their machines; GitHub notices ten minutes later. */
async function loseJobs(world: World, count: number): Promise<JobFacts[]> {
  const jobs: JobFacts[] = [];
  for (let job = 0; job < count; job += 1) jobs.push(await world.queueJob(ec2));
  await world.run(60);
  await loseMachines(world, jobs);
  return jobs;
}

async function loseMachines(world: World, jobs: readonly JobFacts[]): Promise<void> {
  for (const machine of world.ec2.alive()) world.ec2.take(machine, "spot interruption");
  await world.run(130);
  for (const { id } of jobs) {
    expect(await world.store.jobs.read(String(id))).toMatchObject({ state: "lost" });
    await world.deliver("completed", world.github.finish(id, "failure", world.clock.nowMs()));
  }
  await world.work();
}

describe("the lost jobs of a run attempt", () => {
  test("are re-run once, when the attempt has ended, on on-demand capacity; both check runs say so", async () => {
    const world = rerunWorld();
    const [job] = await loseJobs(world, 1);
    await world.run(600);
    expect(asks(world)).toBe(0);
    await world.endRun();
    await world.run(20);
    expect(asks(world)).toBe(1);
    expect(await runOf(world)).toMatchObject({ rerun: { jobs: [job?.id], outcome: "done" } });
    expect(checkRunOf(world)).toContain("re-run the lost job once, as attempt 2 of the run");
    const [again, second] = await jobsOf(world, 2);
    expect(second).toBeUndefined();
    expect(again?.plan).toMatchObject({ execution: "ec2", spec: { spot: "never" } });
    await world.run(60);
    expect(world.ec2.machines.map(({ request }) => request.candidate?.market)).toEqual(["spot", "on-demand"]);
    await world.deliver("completed", world.github.finish(again?.id ?? 0, "success", world.clock.nowMs()));
    await world.endRun();
    await world.run(300);
    expect(asks(world)).toBe(1);
    const [text] = [...world.github.checkRuns.values()].flatMap((one) =>
      one.externalId.endsWith("#2") ? [one.text] : [],
    );
    expect(text).toContain("On-demand, because the machine of the attempt before was lost");
    expect(await world.queue.deadLetters()).toEqual([]);
  });

  test("not unless the operator wants it", async () => {
    const world = rerunWorld({ settings: { rerunLostJobs: false } });
    await loseJobs(world, 1);
    await world.endRun();
    await world.run(600);
    expect(asks(world)).toBe(0);
    expect(await runOf(world)).toMatchObject({ rerun: undefined });
  });

  test("together: two are one request", async () => {
    const world = rerunWorld();
    const jobs = await loseJobs(world, 2);
    await world.endRun();
    await world.run(60);
    expect(asks(world)).toBe(1);
    expect(await runOf(world)).toMatchObject({ rerun: { jobs: jobs.map(({ id }) => id), outcome: "done" } });
    expect(checkRunOf(world)).toContain("re-run the 2 lost jobs once");
    expect(await jobsOf(world, 2)).toHaveLength(2);
  });

  test.each([
    ["the one job alone, beside one that went well", "success", 1],
    ["with another that failed: all that failed", "failure", 2],
  ])("%s", async (_, conclusion, jobs) => {
    const world = rerunWorld();
    const other = await world.queueJob();
    await world.run(30);
    await world.deliver("completed", world.github.finish(other.id, conclusion, world.clock.nowMs()));
    await loseJobs(world, 1);
    await world.endRun();
    await world.run(60);
    expect(asks(world)).toBe(1);
    expect(await jobsOf(world, 2)).toHaveLength(jobs);
  });

  test("a run without one costs no message and no call", async () => {
    const world = rerunWorld({ jobSeconds: 10 });
    await world.queueJob();
    await world.run(30);
    await world.endRun();
    await world.run(300);
    expect(world.github.faults.calls).not.toHaveProperty("get-run");
    expect(await runOf(world)).toMatchObject({ rerun: undefined });
  });

  test("once: those of the re-run itself are not re-run again", async () => {
    const world = rerunWorld();
    await loseJobs(world, 1);
    await world.endRun();
    await world.run(60);
    const second = [...world.github.jobs.values()].filter(({ runAttempt }) => runAttempt === 2);
    expect(second).toHaveLength(1);
    await loseMachines(world, second);
    await world.endRun();
    await world.run(600);
    expect(asks(world)).toBe(1);
    expect(await runOf(world, 2)).toMatchObject({ rerun: undefined });
  });

  test("duplicates of every message make one new attempt", async () => {
    const world = rerunWorld();
    await loseJobs(world, 1);
    await world.endRun();
    await world.endRun();
    const message = { kind: "rerun", run: "71#900#1" } as const;
    await world.queue.send([message, message].map((one) => ({ message: one, group: "71", delaySeconds: 30 })));
    await world.run(120);
    // GitHub refuses the one that comes second.
    expect(await jobsOf(world, 2)).toHaveLength(1);
    expect(await jobsOf(world, 3)).toEqual([]);
    expect(await runOf(world)).toMatchObject({ rerun: { outcome: "done" } });
  });

  test("stand in the record before GitHub is asked", async () => {
    const world = rerunWorld();
    const [job] = await loseJobs(world, 1);
    const port = { ...world.github.port };
    let before: Run | undefined;
    Object.assign(world.github.port, {
      rerunFailed: async (...facts: Parameters<typeof port.rerunFailed>) => {
        before = await runOf(world);
        await port.rerunFailed(...facts);
      },
    });
    await world.endRun();
    await world.run(20);
    expect(before).toMatchObject({ rerun: { jobs: [job?.id], outcome: "asked" } });
  });
});

describe("the end of the attempt", () => {
  test("comes before the events of its jobs: those that turn out to be lost are re-run all the same", async () => {
    const world = rerunWorld();
    const job = await world.queueJob(ec2);
    await world.run(60);
    for (const { request, session } of world.ec2.alive()) {
      const notice = { runner: request.runnerName, session, type: "notice", cause: "spot interruption" };
      expect((await world.app.onHost("/host/event", notice)).status).toBe(204);
    }
    world.github.finish(job.id, "failure", world.clock.nowMs());
    await world.endRun();
    await world.run(20);
    for (const machine of world.ec2.alive()) world.ec2.take(machine, "spot interruption");
    await world.run(150);
    expect(await jobsOf(world, 1)).toMatchObject([{ state: "lost" }]);
    expect(asks(world)).toBe(1);
    expect(await jobsOf(world, 2)).toHaveLength(1);
  });

  test("a host's word alone starts no re-run: a job's code could have said it", async () => {
    const world = rerunWorld();
    const job = await world.queueJob(ec2);
    await world.run(60);
    const [{ request, session } = { request: undefined, session: "" }] = world.ec2.alive();
    const notice = { runner: request?.runnerName, session, type: "notice", cause: "spot interruption" };
    expect((await world.app.onHost("/host/event", notice)).status).toBe(204);
    await world.deliver("completed", world.github.finish(job.id, "failure", world.clock.nowMs()));
    await world.ec2.end(`${request?.runnerName ?? ""}-1`, world.app, { exitCode: 102, outcome: "listener-died" });
    await world.endRun();
    await world.run(900);
    expect(await jobsOf(world, 1)).toMatchObject([{ state: "lost" }]);
    expect(asks(world)).toBe(0);
  });

  test("that no delivery tells is found by asking", async () => {
    const world = rerunWorld();
    await loseJobs(world, 1);
    await world.run(400);
    expect(asks(world)).toBe(0);
    world.github.runStatus.set(900, "completed");
    await world.run(600);
    expect(asks(world)).toBe(1);
    expect(await runOf(world)).toMatchObject({ rerun: { outcome: "done" } });
    // a question every five minutes, and none any more when it is settled
    const questions = world.github.faults.calls["get-run"] ?? 0;
    expect(questions).toBeLessThanOrEqual(7);
    await world.run(1200);
    expect(world.github.faults.calls["get-run"]).toBe(questions);
  });
});

describe("GitHub's answer", () => {
  const ended = async (times: number, fault: "conflict" | "forbidden" | "rate-limited"): Promise<World> => {
    const world = rerunWorld();
    await loseJobs(world, 1);
    world.github.faults.plant({ operation: "rerun", kind: fault, when: "before", times });
    await world.endRun();
    return world;
  };

  test.each(["conflict", "rate-limited"] as const)("%s: tried again a little later", async (fault) => {
    const world = await ended(2, fault);
    await world.run(120);
    expect(asks(world)).toBe(3);
    expect(await runOf(world)).toMatchObject({ rerun: { outcome: "done" } });
  });

  test.each(["conflict", "rate-limited"] as const)("%s for ever: given up, and said", async (fault) => {
    const world = await ended(99, fault);
    await world.run(1500);
    expect(asks(world)).toBe(8);
    expect(await runOf(world)).toMatchObject({ rerun: { outcome: "given-up" } });
    expect(checkRunOf(world)).toMatch(/could not re-run the lost job: .*\nWhat to do: re-run by hand\./);
    expect(await world.queue.deadLetters()).toEqual([]);
  });

  test("forbidden: said once, never tried again", async () => {
    const world = await ended(1, "forbidden");
    await world.run(600);
    await world.endRun();
    await world.run(600);
    expect(asks(world)).toBe(1);
    expect(await runOf(world)).toMatchObject({ rerun: { outcome: "refused" } });
    expect(checkRunOf(world)).toContain("Mayfly needs the permission `actions: write`");
    expect(world.logged.filter((line) => line.startsWith("lost jobs could not be re-run"))).toHaveLength(1);
  });

  test("a later attempt of a person's own making is not ours: any machine will do, and its lost jobs are re-run", async () => {
    const world = await ended(1, "forbidden");
    await world.run(60);
    await world.github.port.rerunFailed(
      { id: 71, owner: "", name: "", installationId: 5, private: true },
      900,
      undefined,
    );
    await world.run(60);
    const second = [...world.github.jobs.values()].filter(({ runAttempt }) => runAttempt === 2);
    expect((await jobsOf(world, 2)).map(({ plan }) => plan?.spec.spot)).toEqual(["prefer"]);
    await loseMachines(world, second);
    await world.endRun();
    await world.run(60);
    expect(await jobsOf(world, 3)).toHaveLength(1);
  });

  test("lost: the newer attempt shows that it worked", async () => {
    const world = rerunWorld();
    await loseJobs(world, 1);
    world.github.faults.plant({ operation: "rerun", kind: "lost-reply", when: "after", times: 1 });
    await world.endRun();
    await world.run(120);
    expect(asks(world)).toBe(1);
    expect(await runOf(world)).toMatchObject({ rerun: { outcome: "done" } });
    expect(await jobsOf(world, 2)).toMatchObject([{ plan: { spec: { spot: "never" } } }]);
    expect(checkRunOf(world)).toContain("as attempt 2 of the run");
  });

  test("a newer attempt that somebody else made before us: nothing to do, and nothing to say", async () => {
    const world = rerunWorld();
    await loseJobs(world, 1);
    await world.endRun();
    await world.github.port.rerunFailed(
      { id: 71, owner: "", name: "", installationId: 5, private: true },
      900,
      undefined,
    );
    await world.run(300);
    expect(asks(world)).toBe(1);
    expect(await runOf(world)).toMatchObject({ rerun: undefined });
    expect(checkRunOf(world)).not.toContain("re-run the");
  });

  test("the run is shown as going on: asked again when it is not", async () => {
    const world = rerunWorld();
    await loseJobs(world, 1);
    await world.endRun();
    world.github.runStatus.set(900, "in_progress");
    await world.run(30);
    expect(asks(world)).toBe(0);
    world.github.runStatus.set(900, "completed");
    await world.run(60);
    expect(asks(world)).toBe(1);
  });
});
