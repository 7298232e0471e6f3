import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { cleanUp, expectAllServed, once } from "./npm-start.ts";
import type { Once } from "./npm-start.ts";

afterAll(cleanUp);

describe("the sample repository", () => {
  let run: Once;
  beforeAll(async () => {
    run = await once();
  });

  test("lint, a matrix, a job that needs them and one that fails: all served and explained", async () => {
    expectAllServed(run, 6);
    const conclusions = Object.fromEntries(run.jobs.map((job) => [job.name, job.conclusion]));
    expect(conclusions).toEqual({
      lint: "success",
      "test (World)": "success",
      "test (Mayfly)": "success",
      "test (a name with blanks)": "success",
      report: "success",
      flaky: "failure",
    });
    for (const job of run.jobs) {
      expect(job).toMatchObject({ state: "completed", execution: job.name.startsWith("test ") ? "ec2" : "lambda" });
      expect(job.logUrl).toMatch(/^https:\/\/eu-central-1\.console\.aws\.amazon\.com\/cloudwatch\/home\?region=eu-/);
      for (const time of [job.queuedAt, job.launchedAt, job.startedAt, job.completedAt]) {
        expect(time).toMatch(/^\d{4}-\d\d-\d\dT/);
      }
      expect(await readFile(job.logFile ?? "", "utf8")).toContain("Listening for Jobs");
    }
    expect(new Set(run.jobs.map((job) => job.logFile)).size).toBe(6);
  });

  test("its check run has an annotation with the log's link on the line of each job's key", async () => {
    expect(run.checkRuns).toHaveLength(1);
    const [checkRun] = run.checkRuns;
    expect(checkRun).toMatchObject({ name: "Mayfly / CI", conclusion: "success" });
    const text = await readFile("examples/hello-mayfly/.github/workflows/ci.yml", "utf8");
    const lines = text.split("\n");
    expect(checkRun?.annotations).toHaveLength(6);
    for (const job of run.jobs) {
      const annotation = checkRun?.annotations.find((one) => one.message.includes(job.logUrl ?? "none"));
      const key = job.name.replace(/ \(.*/, "");
      expect(annotation?.path).toBe(".github/workflows/ci.yml");
      expect(lines[(annotation?.startLine ?? 0) - 1]).toBe(`  ${key}:`);
    }
  });

  test("calls to GitHub and AWS are as few as they can be", () => {
    const { summary } = run;
    const { "lambda.Invoke": invokes, "ec2.RunInstances": launches, "ec2.TerminateInstances": ends } = summary.awsCalls;
    expect([invokes, launches, ends]).toEqual([3, 3, 3]);
    const {
      "apps/list-webhook-deliveries": sweeps = 0,
      "actions/list-jobs-for-workflow-run": lookedUp = 0,
      ...calls
    } = summary.githubCalls;
    expect(calls).toEqual({
      // one for each need: to register runners, to read files and runs, to write checks, and to find the job of a hook
      // that asks before its `in_progress` was worked on; and two tries for the owner's repositories, which are not there
      "apps/create-installation-access-token": lookedUp > 0 ? 6 : 5,
      "actions/generate-runner-jitconfig-for-repo": 6,
      // whose the run is
      "actions/get-workflow-run": 1,
      // .github/runner.yml; the list of workflows and the one, for `mayfly`; that one at the run's commit, for its lines
      "repos/get-content": 4,
      "checks/create": 1,
    });
    expect(lookedUp).toBeLessThanOrEqual(6);
    expect(sweeps).toBeGreaterThan(0);
  });
});
