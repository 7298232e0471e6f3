import { describe, expect, test } from "@jest/globals";
import { people, queueFor, recordOf, strictWorld } from "./who.ts";

describe("runs of strangers", () => {
  test.each([
    ["a fork", people.fork, "MF-FORK", "its code comes from the fork stranger/demo"],
    ["a fork that is gone", people.goneFork, "MF-FORK", "its code comes from a fork that is gone"],
    ["pull_request_target", people.target, "MF-FORK", "stranger caused it by pull_request_target"],
    ["issue_comment", people.comment, "MF-FORK", "stranger caused it by issue_comment"],
  ])("%s gets no machine, is told why, and its run is cancelled", async (_, who, code, detail) => {
    const world = strictWorld();
    const job = await queueFor(world, who);
    await world.run(60);
    const record = await recordOf(world, job);
    expect(record).toMatchObject({ state: "refused", reason: { code, detail: expect.stringContaining(detail) } });
    expect(world.compute.launches()).toBe(0);
    expect(world.github.faults.calls["cancel"]).toBe(1);
    const [checkRun] = world.github.checkRuns.values();
    expect(checkRun).toMatchObject({ status: "completed", conclusion: "failure" });
    expect(checkRun?.summary).toContain(code);
    expect(checkRun?.summary).toContain("Mayfly has cancelled the run");
  });

  test("somebody with write access may comment, and his job runs", async () => {
    const world = strictWorld();
    const job = await queueFor(world, { ...people.comment, actor: "octocat" });
    await world.run(60);
    expect(await recordOf(world, job)).toMatchObject({ state: "completed" });
  });

  test("without `actions: write` the check run says that the run waits for a day", async () => {
    const world = strictWorld();
    world.github.faults.plant({ operation: "cancel", kind: "forbidden", when: "before", times: 1 });
    await queueFor(world, people.fork);
    await world.run(60);
    const [checkRun] = world.github.checkRuns.values();
    expect(checkRun?.summary).toContain("It waits for 24 hours unless somebody cancels it");
    expect(checkRun?.summary).toContain("`actions: write`");
    expect(world.github.faults.calls["cancel"]).toBe(1);
  });

  test("a cancelling that GitHub could not do then is tried again", async () => {
    const world = strictWorld();
    world.github.faults.plant({ operation: "cancel", kind: "unavailable", when: "before", times: 2 });
    await queueFor(world, people.fork);
    await world.run(60);
    expect(world.github.faults.calls["cancel"]).toBe(3);
    expect((await world.store.runs.read("71#950#1"))?.cancel?.outcome).toBe("done");
  });

  test("20 jobs cost one look at their run, and one cancelling", async () => {
    const world = strictWorld();
    await queueFor(world, people.fork);
    await world.work();
    for (let more = 0; more < 19; more += 1) await world.queueJob({ runId: 950 });
    await world.work();
    expect(world.github.faults.calls["get-run"]).toBe(1);
    await world.run(30);
    expect(world.github.faults.calls["cancel"]).toBe(1);
  });

  test("a public repository gets none either, unless the operator allows it", async () => {
    const world = strictWorld();
    const facts = world.github.addJob({ runId: 951 });
    const open = { id: 71, owner: "octo", name: "demo", installationId: 5, private: false };
    await world.app.onMessage({ kind: "job", action: "queued", delivery: "1", repository: open, job: facts }, 1);
    expect((await recordOf(world, facts)).reason?.code).toBe("MF-PUBLIC-REPOSITORY");
    world.policy.now = { ...world.policy.now, publicRepositories: "allow" };
    const second = world.github.addJob({ runId: 951 });
    await world.app.onMessage({ kind: "job", action: "queued", delivery: "2", repository: open, job: second }, 1);
    expect((await recordOf(world, second)).state).toBe("launching");
  });

  test("`approve`: refused until somebody with write access re-runs it", async () => {
    const world = strictWorld({ policy: { forkPullRequests: "approve" } });
    const first = await queueFor(world, people.fork);
    await world.run(60);
    expect((await recordOf(world, first)).reason?.code).toBe("MF-FORK-APPROVAL");
    world.github.people.runs.set(950, people.approvedFork);
    const second = await world.queueJob({ runId: 950, runAttempt: 2 });
    await world.run(60);
    expect((await recordOf(world, second)).state).toBe("completed");
  });

  test("GitHub says when to ask again: a pool of 20 jobs asks no more than a few times until then", async () => {
    const world = strictWorld();
    const limit = { kind: "rate-limited", when: "before", times: 1000, retryAfterSeconds: 800 } as const;
    world.github.faults.plant({ operation: "get-run", ...limit });
    for (let job = 0; job < 20; job += 1) await world.queueJob();
    await world.run(700);
    // each job once when it comes; its pool's later looks wait for GitHub's word
    expect(world.github.faults.calls["get-run"]).toBeLessThanOrEqual(30);
    expect(world.compute.launches()).toBe(0);
  });

  test("GitHub does not answer whose it is: the job waits, and nothing is launched on a guess", async () => {
    const world = strictWorld();
    world.github.faults.plant({ operation: "get-run", kind: "unavailable", when: "before", times: 2 });
    const job = await queueFor(world, people.fork);
    await world.work();
    expect((await recordOf(world, job)).reason?.code).toBe("MF-GITHUB-UNAVAILABLE");
    await world.run(60);
    expect((await recordOf(world, job)).state).toBe("refused");
    expect(world.compute.launches()).toBe(0);
  });
});
