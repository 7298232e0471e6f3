import { afterAll, describe, expect, test } from "@jest/globals";
import type { Job } from "../../src/core/model/job.ts";
import { found } from "../helpers/found.ts";
import { cleanUp } from "./npm-start.ts";
import { startSandboxWorld } from "./sandbox-world.ts";
import type { SandboxWorld } from "./sandbox-world.ts";

afterAll(cleanUp);

const repository = { owner: "octo", name: "app" };

const workflow = `
on: push
jobs:
  build:
    runs-on: mayfly/build
    steps: [{ run: 'true' }]
`;
const runnerFile = (execution: string): string => `runners:\n  build:\n    execution: ${execution}\n`;

/** Pushes the files and resolves with the records of the run's jobs once all have ended. */
async function push({ world, sandbox }: SandboxWorld, files: Readonly<Record<string, string>>): Promise<Job[]> {
  const before = new Set(world.github.runs().map(({ id }) => id));
  await world.world.push({ ...repository, private: true, files });
  return await found(async () => {
    const jobs = world.github.jobs().filter(({ runId }) => !before.has(runId));
    if (jobs.length === 0 || jobs.some(({ status }) => status !== "completed")) return undefined;
    const records = await Promise.all(jobs.map(({ id }) => sandbox.mayfly.store.jobs.read(String(id))));
    const known = records.filter((record) => record !== undefined);
    return known.every(({ state }) => state === "completed") ? known : undefined;
  }, "the jobs of the push have ended");
}

describe("changing .github/runner.yml", () => {
  test("changes the next job, and a pull request's version is checked on its lines and never obeyed", async () => {
    const both = await startSandboxWorld();
    const { github } = both.world;
    const files = { ".github/workflows/ci.yml": workflow, ".github/runner.yml": runnerFile("lambda") };
    try {
      const [first] = await push(both, files);
      expect(first?.plan).toMatchObject({ execution: "lambda", runner: "build" });
      // within the minute for which the file is kept: the push itself tells that it has changed
      const [second] = await push(both, { ...files, ".github/runner.yml": runnerFile("ec2") });
      expect(second?.plan).toMatchObject({ execution: "ec2" });
      await both.world.world.openPullRequest({
        repository,
        from: "feature",
        files: { ".github/runner.yml": "runners:\n  build:\n    execution: lambda\n    imgae: ubuntu\n" },
      });
      const checkRun = await found(
        async () => github.checkRuns().find(({ name }) => name === "Mayfly / .github/runner.yml"),
        "the pull request is checked",
      );
      expect(checkRun).toMatchObject({ conclusion: "failure", title: "1 problem, 1 of them errors" });
      expect(checkRun.annotations).toEqual([
        expect.objectContaining({ path: ".github/runner.yml", start_line: 4, title: "MF-CONFIG-KEY" }),
      ]);
      // the branch was pushed too: its job is planned by the default branch's file
      const third = await found(async () => {
        const jobs = await Promise.all(github.jobs().map(({ id }) => both.sandbox.mayfly.store.jobs.read(String(id))));
        return jobs.find((job) => job?.headBranch === "feature" && job.state === "completed");
      }, "the branch's job has ended");
      expect(third.plan?.execution).toBe("ec2");
      expect(github.violations()).toEqual([]);
    } finally {
      await both.sandbox.stop();
    }
  });
});

describe("auto", () => {
  test("a job that fails on Lambda for want of Docker sends its labels to EC2, which the check run says", async () => {
    const both = await startSandboxWorld();
    const script = "#!/bin/sh\necho 'build.sh: line 2: docker: command not found'\nexit 127\n";
    const files = {
      ".github/workflows/ci.yml": `
on: push
jobs:
  build:
    runs-on: mayfly
    timeout-minutes: 5
    steps: [{ uses: actions/checkout@v7 }, { run: sh build.sh }]
`,
      "build.sh": script,
    };
    try {
      const [first] = await push(both, files);
      expect(first).toMatchObject({ conclusion: "failure", plan: { execution: "lambda", auto: true } });
      const { github } = both.world;
      await found(
        async () =>
          github.checkRuns().find(({ text }) => /needs Docker: jobs with its labels run on EC2 until/.test(text ?? "")),
        "the check run says that its labels go to EC2",
      );
      const [second] = await push(both, { ...files, "build.sh": `${script}# once more\n` });
      expect(second).toMatchObject({ plan: { execution: "ec2", reasons: [expect.stringContaining("Docker")] } });
      expect(github.violations()).toEqual([]);
    } finally {
      await both.sandbox.stop();
    }
  });
});
