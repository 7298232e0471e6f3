import { describe, expect, test } from "@jest/globals";
import type { WorkflowsFacts } from "../../../src/core/planning/workflows/workflow-facts.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";
import { recordOf } from "./who.ts";

const at = { line: 5, column: 14, endLine: 5, endColumn: 20 };

/** One job with the label `mayfly`, which nothing speaks against on Lambda. */
const workflows: WorkflowsFacts = {
  jobs: [
    {
      path: ".github/workflows/ci.yml",
      key: "test",
      name: undefined,
      line: 4,
      labelSets: [["mayfly"]],
      runsOn: at,
      needs: [],
      timeoutMinutes: 10,
    },
  ],
  unread: [],
};

/** A world in which nobody says where plain jobs run. */
function autoWorld(facts: WorkflowsFacts = workflows): World {
  return makeWorld({ workflows: facts, policy: { defaults: { "instance-types": ["c7i.large"] } }, jobSeconds: 40 });
}

async function planned(world: World) {
  const job = await world.queueJob({ runId: 990 });
  await world.work();
  return (await recordOf(world, job)).plan;
}

/** A job runs on Lambda and fails; its machine says how it ended. */
async function fail(world: World, log: string | undefined, ended: Record<string, unknown> = {}) {
  const job = await world.queueJob();
  await world.run(5);
  const record = await recordOf(world, job);
  if (log !== undefined) world.github.logs.set(job.id, log);
  world.clock.advance(20);
  const running = world.github.jobs.get(job.id);
  if (running === undefined) throw new Error("no job");
  world.github.finish(job.id, "failure", world.clock.nowMs());
  await world.deliver("completed", {
    ...running,
    status: "completed",
    conclusion: "failure",
    completedAtMs: world.clock.nowMs(),
  });
  await world.compute.end(running.runnerName ?? "", world.app, { exitCode: 102, outcome: "job-failed", ...ended });
  await world.run(30);
  await world.endRun();
  await world.run(30);
  return { job, execution: record.plan?.execution };
}

describe("auto", () => {
  test("Lambda for a label set that is safe there, and the check run says why", async () => {
    const world = autoWorld();
    const job = await world.queueJob();
    await world.run(60);
    await world.endRun();
    await world.run(30);
    expect((await recordOf(world, job)).plan).toMatchObject({ execution: "lambda", runner: "default" });
    const [checkRun] = world.github.checkRuns.values();
    expect(checkRun?.text).toMatch(
      /Lambda: 1 job uses this label, .*about &#36;0\.00\d+ against &#36;0\.00\d+ on c7i\.large/,
    );
  });

  test("EC2 when one job with the label needs what Lambda does not have", async () => {
    const needs = [{ kind: "services", detail: "`services`", line: 9 }] as const;
    const other = { ...workflows.jobs[0], key: "e2e", needs } as WorkflowsFacts["jobs"][number];
    const plan = await planned(autoWorld({ jobs: [...workflows.jobs, other], unread: [] }));
    expect(plan).toMatchObject({ execution: "ec2", reasons: [expect.stringContaining("e2e")] });
  });

  test("what jobs did before is remembered: how long they take is in the next plan", async () => {
    const world = autoWorld();
    await world.queueJob();
    await world.run(150);
    const plan = await planned(world);
    expect(plan?.estimate.seconds).toBe(40);
    expect(plan?.reasons[0]).toContain("1 run");
  });
});

describe("a death on Lambda sends its label set to EC2 for 14 days", () => {
  test.each([
    ["docker", "docker: command not found", {}],
    ["sudo", "/tmp/x.sh: line 1: sudo: command not found", {}],
    ["time", undefined, { outcome: "deadline" }],
    ["memory", undefined, { peakMemoryMb: 3000 }],
  ])("of %s", async (died, log, ended) => {
    const world = autoWorld();
    const { job, execution } = await fail(world, log, ended);
    expect(execution).toBe("lambda");
    expect((await recordOf(world, job)).escalated).toMatchObject({ died });
    const texts = [...world.github.checkRuns.values()].map(({ text }) => text);
    expect(texts.join("\n")).toContain("jobs with its labels run on EC2 until 2026-12-06");
    expect(await planned(world)).toMatchObject({ execution: "ec2", reasons: [expect.stringContaining("2026-12-06")] });
    world.clock.advance(15 * 86_400);
    expect((await planned(world))?.execution).toBe("lambda");
  });

  test("a test that fails is no death, and its log is read once", async () => {
    const world = autoWorld();
    const { job } = await fail(world, "1 test failed\nProcess completed with exit code 1.");
    expect((await recordOf(world, job)).escalated).toBeUndefined();
    expect(world.github.faults.calls["get-log"]).toBe(1);
    expect((await planned(world))?.execution).toBe("lambda");
  });

  test("a log that cannot be read costs nothing else", async () => {
    const world = autoWorld();
    world.github.faults.plant({ operation: "get-log", kind: "unavailable", when: "before", times: 1 });
    const { job } = await fail(world, "docker: command not found");
    expect((await recordOf(world, job)).escalated).toBeUndefined();
    expect(await world.queue.deadLetters()).toEqual([]);
  });
});
