import { afterEach, describe, expect, test } from "@jest/globals";

import { jobActions, startRig, until, type Rig } from "./rig.ts";
import { scriptedRunner } from "./scripted-runner.ts";
import { ci, job, listedJobs, outcome, runNext, takeNext } from "./workflow-file.ts";

const ACTIONS = "/repos/octo/repo/actions";
let rig: Rig;

afterEach(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

const post = async (path: string) => rig.call("POST", `${ACTIONS}/${path}`, await rig.token());
const rerunFailed = (runId: number) => post(`runs/${runId}/rerun-failed-jobs`);
const idsOf = (name: string) => rig.github.jobs().filter((item) => item.name === name).map(({ id }) => id); // prettier-ignore

/** Pushes, and ends the jobs in their order with these conclusions. */
async function ended(jobs: string, ...conclusions: string[]): Promise<number> {
  rig = await startRig();
  const { runs } = await rig.push(ci(jobs));
  for (const conclusion of conclusions) await runNext(rig, conclusion, { from: "first" });
  expect(rig.github.runs()[0]?.status).toBe("completed");
  return runs[0]?.id ?? 0;
}

describe("re-running failed jobs", () => {
  test("is a new attempt: new ids for what failed and what needs it, the rest is carried over with its outputs", async () => {
    const runId = await ended(
      job("good") + job("bad") + job("after", "needs: [good, bad]", "if: needs.good.outputs.from == 'first'"),
      "success",
      "failure",
    );
    expect(await listedJobs(rig, `${runId}/jobs`)).toEqual(["good#1: success", "bad#1: failure", "after#1: skipped"]);
    const [good, bad] = [idsOf("good"), idsOf("bad")];
    expect((await rerunFailed(runId)).status).toBe(201);
    const run = await rig.call("GET", `${ACTIONS}/runs/${runId}`, await rig.token());
    expect(run.json).toMatchObject({ run_attempt: 2, status: "queued", conclusion: null, run_number: 1 });
    expect(run.json).toMatchObject({ actor: { login: "octo" }, triggering_actor: { login: "mayfly[bot]" } });
    expect(run.json?.previous_attempt_url).toContain(`/runs/${runId}/attempts/1`);
    expect(await listedJobs(rig, `${runId}/jobs`)).toEqual(["good#1: success", "bad#2: queued"]);
    expect(idsOf("good")).toEqual(good);
    expect(idsOf("bad")).toHaveLength(2);
    const taken = await takeNext(rig);
    expect([taken?.message.runAttempt, taken?.message.jobId]).toEqual([
      2,
      idsOf("bad").find((id) => !bad.includes(id)),
    ]);
    await taken?.runner.run(taken.message);
    expect(await runNext(rig)).toBe("after");
    expect(rig.github.runs()).toMatchObject([{ attempt: 2, conclusion: "success" }]);
    expect(await listedJobs(rig, `${runId}/jobs?filter=latest`)).toEqual([
      "good#1: success",
      "bad#2: success",
      "after#2: success",
    ]);
    expect(await listedJobs(rig, `${runId}/attempts/1/jobs`)).toEqual([
      "good#1: success",
      "bad#1: failure",
      "after#1: skipped",
    ]);
    expect(await listedJobs(rig, `${runId}/jobs?filter=all`)).toHaveLength(5);
    expect((await rig.call("GET", `${ACTIONS}/runs/${runId}/attempts/3/jobs`, await rig.token())).status).toBe(404);
  });

  test("is told by the jobs that run again and the run's new end; nobody hears of jobs that are carried over", async () => {
    const runId = await ended(job("good") + job("bad"), "success", "failure");
    await until("told", () => rig.github.deliveries().every(({ ok }) => ok === true));
    rig.received.length = 0;
    await rerunFailed(runId);
    await runNext(rig);
    await until("told", () => rig.received.length === 4);
    expect(jobActions(rig).toSorted()).toEqual(["bad completed", "bad in_progress", "bad queued"]);
    expect(rig.received.every(({ payload }) => (payload.workflow_job?.run_attempt ?? 2) === 2)).toBe(true);
    const [run] = rig.received.filter(({ event }) => event === "workflow_run");
    expect(run?.payload).toMatchObject({
      action: "completed",
      workflow_run: { run_attempt: 2, conclusion: "success" },
    });
  });

  test("of a matrix runs the entries again that failed or were cancelled, with labels of the new attempt", async () => {
    rig = await startRig();
    const lines = [
      "strategy: {fail-fast: false, matrix: {n: [1, 2, 3]}}",
      "runs-on: 'mayfly-${{ github.run_attempt }}'",
    ];
    const { runs } = await rig.push(ci(`  m:\n    ${lines.join("\n    ")}\n    steps: [{run: 'true'}]\n`));
    const runId = runs[0]?.id ?? 0;
    for (const [name, conclusion] of [
      ["a", "success"],
      ["b", "failure"],
      ["c", "cancelled"],
    ] as const) {
      // prettier-ignore
      const runner = await scriptedRunner(rig, name, ["mayfly-1"]);
      await runner.run(await runner.take(), conclusion);
    }
    expect((await rerunFailed(runId)).status).toBe(201);
    expect(await listedJobs(rig, `${runId}/jobs`)).toEqual(["m (1)#1: success", "m (2)#2: queued", "m (3)#2: queued"]);
    const again = rig.github.jobs().filter(({ attempt }) => attempt === 2);
    expect(again.map(({ labels }) => labels)).toEqual([["mayfly-2"], ["mayfly-2"]]);
  });

  test("has nothing to do after a success, and may be done once at a time", async () => {
    const runId = await ended(job("a"), "success");
    const nothing = await rerunFailed(runId);
    expect([nothing.status, nothing.json?.message]).toEqual([403, "This workflow run cannot be retried"]);
    rig.github.rerun(runId);
    const running = await rerunFailed(runId);
    expect([running.status, running.json?.message]).toEqual([403, "This workflow is already running"]);
    expect(rig.github.runs()[0]?.attempt).toBe(2);
    expect(rig.github.jobs()).toHaveLength(2);
    const reader = await rig.token({ permissions: { actions: "read" } });
    expect((await rig.call("POST", `${ACTIONS}/runs/${runId}/rerun-failed-jobs`, reader)).status).toBe(403);
    expect((await rerunFailed(1)).status).toBe(404);
  });

  test("asks for no approval a second time; a re-run of everything does", async () => {
    rig = await startRig();
    rig.github.protect("prod");
    const { runs } = await rig.push(ci(job("deploy", "environment: prod")));
    const runId = runs[0]?.id ?? 0;
    rig.github.approve(runId);
    await runNext(rig, "failure");
    await rerunFailed(runId);
    expect(await runNext(rig, "failure")).toBe("deploy");
    rig.github.rerun(runId);
    expect(outcome(rig).at(-1)).toBe("deploy: waiting");
  });

  test("while another attempt's job still runs is refused, whichever job failed", async () => {
    rig = await startRig();
    const { runs } = await rig.push(ci(job("bad") + job("long")));
    await runNext(rig, "failure");
    const long = await takeNext(rig);
    expect((await rerunFailed(runs[0]?.id ?? 0)).status).toBe(403);
    const one = await post(`jobs/${idsOf("bad")[0]}/rerun`);
    expect([one.status, one.json?.message]).toEqual([403, "The workflow run containing this job is already running"]);
    await long?.runner.run(long.message);
    expect((await rerunFailed(runs[0]?.id ?? 0)).status).toBe(201);
  });
});

describe("re-running one job", () => {
  test("runs it and what needs it, and leaves other failures as they are", async () => {
    const runId = await ended(
      job("a") + job("b") + job("c", "needs: a", "if: always()"),
      "failure",
      "failure",
      "success",
    );
    const reply = await post(`jobs/${idsOf("a")[0]}/rerun`);
    expect([reply.status, reply.json]).toEqual([201, {}]);
    expect(await listedJobs(rig, `${runId}/jobs`)).toEqual(["b#1: failure", "a#2: queued"]);
    await runNext(rig);
    await runNext(rig);
    expect(await listedJobs(rig, `${runId}/jobs`)).toEqual(["b#1: failure", "a#2: success", "c#2: success"]);
    expect(rig.github.runs()[0]).toMatchObject({ attempt: 2, conclusion: "failure" });
  });

  test("of a matrix is not cancelled for the sake of a sibling that failed before", async () => {
    await ended(job("m", "strategy: {matrix: {n: [1, 2]}}"), "failure");
    expect(outcome(rig)).toEqual(["m (1): failure", "m (2): cancelled"]);
    expect((await post(`jobs/${idsOf("m (2)")[0]}/rerun`)).status).toBe(201);
    // has no effect on a job that has ended, but GitHub looks at the run
    rig.github.cancelJob(idsOf("m (1)")[0] ?? 0);
    expect(await runNext(rig)).toBe("m (2)");
    expect(outcome(rig)).toEqual(["m (1): failure", "m (2): cancelled", "m (2): success"]);
    expect(rig.github.runs()[0]?.conclusion).toBe("failure");
  });

  test("of an earlier attempt, or of nowhere, is refused", async () => {
    const runId = await ended(job("a"), "failure");
    const [first] = idsOf("a");
    await rerunFailed(runId);
    await runNext(rig, "failure");
    expect((await post(`jobs/${first}/rerun`)).status).toBe(403);
    expect((await post("jobs/1/rerun")).status).toBe(404);
  });
});

describe("re-running everything", () => {
  test("makes every job anew, also of a run that has succeeded", async () => {
    const runId = await ended(job("a") + job("b", "needs: a"), "success", "success");
    expect((await post(`runs/${runId}/rerun`)).status).toBe(201);
    expect(await listedJobs(rig, `${runId}/jobs`)).toEqual(["a#2: queued"]);
    await runNext(rig);
    await runNext(rig);
    expect(await listedJobs(rig, `${runId}/jobs`)).toEqual(["a#2: success", "b#2: success"]);
  });

  test("waits for the run's concurrency group like the first attempt", async () => {
    rig = await startRig();
    const files = ci(job("a"), "concurrency: one");
    const first = await rig.push(files);
    await runNext(rig);
    await rig.push(files);
    rig.github.rerun(first.runs[0]?.id ?? 0);
    expect(rig.github.runs().map(({ status }) => status)).toEqual(["pending", "queued"]);
    await runNext(rig);
    expect(await runNext(rig)).toBe("a");
    expect(rig.github.runs().map(({ conclusion }) => conclusion)).toEqual(["success", "success"]);
  });

  test("is refused for a run that could not start, after 30 days, and for the 51st time", async () => {
    rig = await startRig();
    const { runs } = await rig.push({ ".github/workflows/ci.yml": "on: push\njobs: {a: 1}\n" });
    expect(() => rig.github.rerun(runs[0]?.id ?? 0)).toThrow("This workflow run cannot be rerun");
    const files = ci(job("a", "if: github.ref == 'refs/heads/other'"));
    const [skipped, old] = [await rig.push(files), await rig.push(files)].map((item) => item.runs[0]?.id ?? 0);
    for (let turn = 0; turn < 50; turn += 1) rig.github.rerun(skipped ?? 0);
    expect(() => rig.github.rerun(skipped ?? 0)).toThrow("cannot be rerun");
    rig.clock.aheadMs += 31 * 86_400_000;
    expect(() => rig.github.rerun(old ?? 0)).toThrow("cannot be rerun");
  });
});
