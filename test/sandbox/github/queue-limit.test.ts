import { afterEach, expect, test } from "@jest/globals";

import { jobActions, startRig, until, type Rig } from "./rig.ts";
import { ci, job, listedRuns, outcome, runNext, takeNext } from "./workflow-file.ts";

const DAY_MS = 86_400_000;
let rig: Rig;

afterEach(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

test("a job that no runner has taken for 24 hours is cancelled, with GitHub's reason, and its run goes on", async () => {
  rig = await startRig();
  const { runs } = await rig.push(ci(job("a") + job("b", "needs: a")));
  rig.clock.aheadMs = DAY_MS - 60_000;
  expect(await listedRuns(rig, "status=queued")).toEqual([runs[0]?.id]);
  rig.clock.aheadMs = DAY_MS;
  await until("completed", () => jobActions(rig).includes("a completed"));
  expect(outcome(rig)).toEqual(["a: cancelled", "b: skipped"]);
  expect(rig.github.jobs()[0]?.annotations[0]?.message).toBe(
    "The job has exceeded the maximum execution time while awaiting a runner for 24h0m0s",
  );
  expect(rig.github.jobs()[0]?.runnerName ?? "").toBe("");
  expect(rig.github.runs()[0]?.conclusion).toBe("cancelled");
  expect(await takeNext(rig)).toBeUndefined();
});

test("what GitHub itself holds back does not count: a full matrix, a group, an approval; nor does a job that runs", async () => {
  rig = await startRig({ timings: { jobLockMs: 10 * DAY_MS, idleRunnerRemovalMs: 10 * DAY_MS } });
  rig.github.protect("prod");
  const jobs = job("m", "strategy: {max-parallel: 1, matrix: {n: [1, 2]}}") + job("deploy", "environment: prod");
  const { runs } = await rig.push(ci(jobs + job("one", "concurrency: g") + job("two", "concurrency: g")));
  const [first, one] = [await takeNext(rig), await takeNext(rig)];
  expect(outcome(rig)).toEqual(["m (1): in_progress", "m (2): queued", "deploy: waiting", "one: in_progress", "two: pending"]); // prettier-ignore
  rig.clock.aheadMs = DAY_MS + 1;
  // something else is cancelled by the same look at the clock, so that the look has happened
  const { runs: others } = await rig.push(ci(job("other")), { name: "other" });
  rig.clock.aheadMs = 2 * DAY_MS + 2;
  await until("other", () => rig.github.runs().find(({ id }) => id === others[0]?.id)?.conclusion === "cancelled");
  expect(outcome(rig).slice(0, 5)).toEqual(["m (1): in_progress", "m (2): queued", "deploy: waiting", "one: in_progress", "two: pending"]); // prettier-ignore
  const { runs: later } = await rig.push(ci(job("later")), { name: "other" });
  rig.clock.aheadMs += 60_000;
  await first?.runner.run(first.message);
  await one?.runner.run(one.message);
  rig.github.approve(runs[0]?.id ?? 0);
  expect(await runNext(rig)).toBe("m (2)");
  // the time of those that were let go just now begins there
  rig.clock.aheadMs += DAY_MS - 30_000;
  await until("later", () => rig.github.runs().find(({ id }) => id === later[0]?.id)?.conclusion === "cancelled");
  expect([await runNext(rig), await runNext(rig)]).toEqual(["deploy", "two"]);
  expect(rig.github.runs()[0]?.conclusion).toBe("success");
});

test("the limit is a setting", async () => {
  rig = await startRig({ timings: { queueLimitMs: 90 } });
  await rig.push(ci(job("a")));
  await until("completed", () => rig.github.runs()[0]?.conclusion === "cancelled");
});
