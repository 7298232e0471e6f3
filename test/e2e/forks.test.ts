import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { sts } from "../../src/entrypoints/local/sandbox-names.ts";
import type { Job } from "../../src/core/model/job.ts";
import { found } from "../helpers/found.ts";
import { cleanUp } from "./npm-start.ts";
import { startSandboxWorld } from "./sandbox-world.ts";
import type { SandboxWorld } from "./sandbox-world.ts";

afterAll(cleanUp);

const repository = { owner: "octo", name: "app" };
const [mark, always] = [randomUUID(), randomUUID()];

const workflow = (execution: string): string => `
on: [push, pull_request]
jobs:
  test:
    runs-on: mayfly/${execution}
    timeout-minutes: 5
    steps:
      - run: echo "a step ran, ${mark}"
      - if: always()
        run: echo "a step ran whatever happened, ${always}"
`;

async function recordOf({ sandbox }: SandboxWorld, id: number): Promise<Job | undefined> {
  return await sandbox.mayfly.store.jobs.read(String(id));
}

/** Everything that the job of a machine may have written: GitHub's log of it, and the machine's. */
async function logsOf({ world, sandbox }: SandboxWorld, jobId: number, runnerName: string): Promise<string> {
  const runner = await sandbox.mayfly.store.runners.read(runnerName);
  const file = world.aws.logFile(runner?.logGroup ?? "", runner?.logStream ?? "");
  return world.github.jobLog(jobId) + (await readFile(file, "utf8"));
}

describe.each(["lambda", "ec2"])("a pull request from a fork, on %s", (execution) => {
  test("takes the runner of another job: no step of it runs, not even one with `if: always()`, and the other gets a new one", async () => {
    // Without the permission nothing keeps the stranger's job from waiting with the same labels.
    const faults = [{ service: "github", operation: "cancel-workflow-run", kind: "403", count: 20 }];
    const both = await startSandboxWorld({ faults });
    const { world } = both;
    const { github, aws } = world;
    try {
      const files = { ".github/workflows/ci.yml": workflow(execution), "README.md": "app" };
      const quiet = { ".github/workflows/ci.yml": workflow(execution).replace("push, ", "") };
      await world.world.push({ ...repository, private: true, files: quiet });
      const [run] = await world.world.openPullRequest({
        repository,
        from: { owner: "stranger" },
        files: { "README.md": "mine now" },
      });
      const strangers = await found(async () => {
        const job = github.jobs().find(({ runId }) => runId === run?.id);
        const record = job && (await recordOf(both, job.id));
        return record?.state === "refused" ? job : undefined;
      }, "the stranger's job is refused");
      expect((await recordOf(both, strangers.id))?.reason).toMatchObject({
        code: "MF-FORK",
        detail: "its code comes from the fork stranger/app",
      });
      await world.world.push({ ...repository, private: true, files: { ...files, "README.md": "ours" } });
      const own = await found(
        async () => github.jobs().find(({ id, conclusion }) => id !== strangers.id && conclusion === "success"),
        "our own job has succeeded",
      );
      const taken = (await recordOf(both, strangers.id))?.runnerName ?? "";
      const served = (await recordOf(both, own.id))?.runnerName ?? "";
      expect(taken).toBe(`mayfly-${own.id}-1`);
      expect(served).toBe(`mayfly-${own.id}-2`);
      await found(async () => (aws.machinesLeft() === 0 ? true : undefined), "both machines have ended");
      expect(await both.sandbox.mayfly.store.runners.read(taken)).toMatchObject({
        outcome: "refused-job",
        cause: expect.stringContaining("MF-FORK"),
      });
      const theirs = await logsOf(both, strangers.id, taken);
      expect(theirs).not.toContain(mark);
      expect(theirs).not.toContain(always);
      expect(github.jobs().find(({ id }) => id === strangers.id)?.conclusion).not.toBe("success");
      expect(await logsOf(both, own.id, served)).toContain(always);
      const checkRun = await found(
        async () => github.checkRuns().find(({ summary }) => summary?.includes("MF-FORK")),
        "the check run says why",
      );
      expect(checkRun.summary).toContain("It waits for 24 hours unless somebody cancels it");
      expect(github.violations()).toEqual([]);
    } finally {
      await both.sandbox.stop();
    }
  });
});

describe("a pull request from a fork", () => {
  test("with `actions: write` its run is cancelled, and the check run says so", async () => {
    const both = await startSandboxWorld();
    const { github } = both.world;
    try {
      const files = { ".github/workflows/ci.yml": workflow("lambda").replace("push, ", "") };
      await both.world.world.push({ ...repository, private: true, files });
      const [run] = await both.world.world.openPullRequest({
        repository,
        from: { owner: "stranger" },
        files: { "README.md": "mine" },
      });
      const job = await found(
        async () => github.jobs().find(({ runId, conclusion }) => runId === run?.id && conclusion === "cancelled"),
        "the run is cancelled",
      );
      await found(
        async () => github.checkRuns().find(({ summary }) => summary?.includes("Mayfly has cancelled the run")),
        "the check run says so",
      );
      expect(await recordOf(both, job.id)).toMatchObject({ state: "refused", reason: { code: "MF-FORK" } });
      expect(both.world.aws.launches()).toBe(0);
      expect(github.violations()).toEqual([]);
    } finally {
      await both.sandbox.stop();
    }
  });
});

describe("credentials of a role", () => {
  const config = "runners:\n  ship:\n    execution: lambda\n    role: deploy\n";
  const deploy = `
on: { push: }
jobs:
  ship:
    runs-on: mayfly/ship
    steps:
      - run: |
          grep -c aws_access_key_id ~/.aws/credentials
          stat -c 'mode %a' ~/.aws/credentials
          echo "env has $(env | grep -c ^AWS_SECRET || true) secrets"
`;
  const policyOf = (branch: string): string => `
roles:
  deploy:
    arn: ${sts.role}
    repositories: [octo/*]
    branches: [${branch}]
`;

  async function ship(branch: string) {
    const folder = await mkdtemp(join(tmpdir(), "mayfly-policy-"));
    const policyFile = join(folder, "policy.yml");
    await writeFile(policyFile, policyOf(branch));
    const both = await startSandboxWorld({ policyFile });
    const { world } = both;
    try {
      const files = { ".github/workflows/ci.yml": deploy, ".github/runner.yml": config };
      await world.world.push({ ...repository, private: true, files });
      const job = await found(
        async () => world.github.jobs().find(({ status }) => status === "completed"),
        "the job has ended",
      );
      const record = await recordOf(both, job.id);
      const machine = await logsOf(both, job.id, record?.runnerName ?? "");
      return { job, log: world.github.jobLog(job.id), machine, assumed: await world.world.assumedRoles() };
    } finally {
      await both.sandbox.stop();
      await rm(folder, { recursive: true });
    }
  }

  test("stand in the job's ~/.aws, tagged with its repository, run and job, and in no log or environment", async () => {
    const { job, log, machine, assumed } = await ship("main");
    expect(job.conclusion).toBe("success");
    expect(log).toContain("mode 600");
    expect(log).toContain("env has 0 secrets");
    expect(assumed).toEqual([
      expect.objectContaining({
        roleArn: sts.role,
        tags: {
          "mayfly:repository": "octo/app",
          "mayfly:run": String(job.runId),
          "mayfly:job": String(job.id),
        },
      }),
    ]);
    expect(machine).not.toMatch(/aws_secret_access_key|ASIA[A-Z0-9]{12,}/);
  });

  test("are not given to a branch that the policy does not name, and the job's log says so", async () => {
    const { job, log, assumed } = await ship("release/*");
    expect(job.conclusion).toBe("failure");
    expect(log).toContain("the operator's policy does not give it to the branch main");
    expect(assumed).toEqual([]);
  });
});
