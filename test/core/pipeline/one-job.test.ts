import { describe, expect, test } from "@jest/globals";
import { makeWorld } from "../../helpers/world/world.ts";

describe("one job", () => {
  test("goes from queued to completed on one machine, and nothing is left", async () => {
    const world = makeWorld({ settings: { caps: { total: 5, executions: { lambda: 5 }, repository: 5 } } });
    const job = await world.queueJob();
    await world.run(30);
    const record = await world.store.jobs.read(String(job.id));
    expect(record).toMatchObject({ state: "completed", conclusion: "success", launches: 1 });
    expect(record?.runnerName).toBe(`mayfly-${job.id}-1`);
    expect(world.compute.launches()).toBe(1);
    expect(world.github.runners.size).toBe(0);
    const runner = await world.store.runners.read(`mayfly-${job.id}-1`);
    expect(runner).toMatchObject({ state: "ended", cause: "job completed", outcome: "job-succeeded" });
    for (const scope of ["total", "execution:lambda", "repository:71"]) {
      expect(await world.store.slots.list(scope)).toEqual([]);
    }
    await world.endRun();
    await world.run(300);
    expect(await world.queue.size()).toBe(0);
    expect(await world.queue.deadLetters()).toEqual([]);
    expect([...world.github.checkRuns.values()]).toHaveLength(1);
  });

  test("costs three calls to GitHub, its JIT config, the workflow file's lines, its check run, and three a minute for what plans rest on", async () => {
    const world = makeWorld();
    await world.queueJob();
    await world.run(20);
    await world.endRun();
    await world.run(20);
    expect(world.github.faults.calls).toEqual({
      "generate-jitconfig": 1,
      "get-content": 2,
      "get-owners-content": 2,
      "create-check-run": 1,
    });
  });

  test("no secret reaches a log line, a record or a message", async () => {
    const world = makeWorld();
    const job = await world.queueJob();
    await world.run(30);
    const runner = await world.store.runners.read(`mayfly-${job.id}-1`);
    const everything = [...world.logged, JSON.stringify(runner), JSON.stringify(await world.queue.deadLetters())];
    const token = world.compute.machines[0]?.request.claimToken ?? "none";
    for (const text of everything) {
      expect(text).not.toContain("secret-jit");
      expect(text).not.toContain(token);
    }
  });
});
