import { afterAll, expect, test } from "@jest/globals";
import { cleanUp, expectAllServed, makeRepository, once } from "./npm-start.ts";

afterAll(cleanUp);

test("40 jobs at once: 40 machines, one token for each need, one check run", async () => {
  const repo = await makeRepository({
    ".github/workflows/many.yml": `
on: push
jobs:
  one:
    runs-on: [self-hosted, mayfly]
    strategy: { matrix: { n: [${Array.from({ length: 40 }, (_, n) => n).join(", ")}] } }
    steps: [{ run: 'sleep 1' }]
`,
  });
  const run = await once("--repo", repo);
  expectAllServed(run, 40);
  expect(run.summary.githubCalls).toMatchObject({
    "apps/create-installation-access-token": 3,
    "actions/generate-runner-jitconfig-for-repo": 40,
    "checks/create": 1,
  });
  const swapped = run.jobs.filter((job) => !job.runner?.includes(`-${job.id}-`));
  expect(swapped.length).toBeGreaterThan(0);
});
