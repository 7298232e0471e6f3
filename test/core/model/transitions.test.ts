import { expect, test } from "@jest/globals";
import { jobMay, jobTransitions, runnerMay, runnerTransitions } from "../../../src/core/model/transitions.ts";
import { githubRunnerName, ownRunnerName, runnerName } from "../../../src/core/model/runner-name.ts";
import { labelSet, poolKey } from "../../../src/core/model/pool.ts";

test("nothing follows an end", () => {
  expect(jobTransitions.completed).toEqual([]);
  expect(runnerTransitions.ended).toEqual([]);
  expect(runnerMay("ended", "busy")).toBe(false);
});

test("a job never goes back to a state that it has left, but for a wait that is over", () => {
  const rank = ["queued", "launching", "waiting", "refused", "running", "lost", "completed"] as const;
  for (const from of rank) {
    for (const to of jobTransitions[from]) {
      if (from === "waiting" && (to === "queued" || to === "launching")) continue;
      // The hook asks when GitHub shows the job as running already.
      if (from === "running" && to === "refused") continue;
      expect(rank.indexOf(to)).toBeGreaterThan(rank.indexOf(from));
    }
  }
  expect(jobMay("running", "queued")).toBe(false);
});

test.each([
  ["mayfly", "mayfly-12345678901-3-2", "mayfly-12345678901-3"],
  ["mayfly", "mayfly-1-1", undefined],
  ["mayfly", "mayfly-dev-1-1-1", undefined],
  ["mayfly-dev", "mayfly-dev-1-1-1", "mayfly-dev-1-1"],
  ["mayfly", "GitHub Actions 3", undefined],
  ["mayfly", "", undefined],
  ["mayfly", undefined, undefined],
])("prefix %s: %s is our %s", (prefix, name, own) => {
  expect(ownRunnerName(prefix, name)).toBe(own);
});

test("names round-trip, stay within GitHub's alphabet and length", () => {
  const prefix = `My Company/CI ${"x".repeat(60)}`;
  const name = githubRunnerName(runnerName(prefix, 99_999_999_999_999, 99), 9);
  expect(name).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
  expect(ownRunnerName(prefix, name)).toBe(runnerName(prefix, 99_999_999_999_999, 99));
});

test("a pool is a repository and a label set, however it is written", () => {
  expect(labelSet(["X64", "mayfly", "self-hosted", "x64"])).toEqual(["mayfly", "self-hosted", "x64"]);
  expect(poolKey(1, ["A", "b"])).toBe(poolKey(1, ["B", "a", "a"]));
  expect(poolKey(1, ["a"])).not.toBe(poolKey(2, ["a"]));
  expect(poolKey(1, ['a","b'])).not.toBe(poolKey(1, ["a", "b"]));
});
