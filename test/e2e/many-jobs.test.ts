import { afterAll, expect, test } from "@jest/globals";
import { cleanUp, expectAllServed, makeRepository, once } from "./npm-start.ts";

afterAll(cleanUp);

test("40 jobs at once: 40 machines, one token for each need, files and run read for all together, one check run", async () => {
  const repo = await makeRepository({
    ".github/workflows/many.yml": `
on: push
jobs:
  one:
    runs-on: [self-hosted, mayfly]
    timeout-minutes: 5
    strategy: { matrix: { n: [${Array.from({ length: 40 }, (_, n) => n).join(", ")}] } }
    steps: [{ run: 'sleep 1' }]
`,
  });
  const run = await once("--repo", repo);
  expectAllServed(run, 40);
  expect(new Set(run.jobs.map((job) => job.execution))).toEqual(new Set(["lambda"]));
  const calls = run.summary.githubCalls;
  // a job's hook may ask before Mayfly has worked on its `in_progress`: then GitHub is asked, with a token of its own
  const lookedUp = calls["actions/list-jobs-for-workflow-run"] ?? 0;
  expect(lookedUp).toBeLessThanOrEqual(40);
  expect(calls).toMatchObject({
    // to register runners, to read files and runs, to write checks, and two tries for the owner's repositories
    "apps/create-installation-access-token": lookedUp > 0 ? 6 : 5,
    "actions/generate-runner-jitconfig-for-repo": 40,
    "actions/get-workflow-run": 1,
    "checks/create": 1,
  });
  // three for the plans of all jobs, once more should it take longer than a minute, and one for each report
  expect((calls["repos/get-content"] ?? 0) - (calls["checks/update"] ?? 0)).toBeLessThanOrEqual(7);
  const swapped = run.jobs.filter((job) => !job.runner?.includes(`-${job.id}-`));
  expect(swapped.length).toBeGreaterThan(0);
});
