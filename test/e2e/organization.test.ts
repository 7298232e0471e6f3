import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Job } from "../../src/core/model/job.ts";
import { sts } from "../../src/entrypoints/local/sandbox-names.ts";
import { found } from "../helpers/found.ts";
import { cleanUp } from "./npm-start.ts";
import { startSandboxWorld } from "./sandbox-world.ts";
import type { SandboxWorld } from "./sandbox-world.ts";

afterAll(cleanUp);

const group = 7;
/** What an App asks for whose runners are the organisation's: `administration` is not among it. */
const permissions = {
  organization_self_hosted_runners: "write",
  actions: "write",
  checks: "write",
  contents: "read",
  pull_requests: "read",
  metadata: "read",
};
/** Both repositories mean the same machine by it: it is defined once, by the organisation. */
const runnerYml = "runners:\n  ship:\n    execution: lambda\n    role: deploy\n";
const policy = `
roles:
  deploy:
    arn: ${sts.role}
    repositories: [acme/bank]
    branches: [main]
`;

const workflow = (step: string, strategy = ""): Record<string, string> => ({
  ".github/workflows/ci.yml": `
on: push
jobs:
  ship:
    runs-on: mayfly/ship
    ${strategy}
    steps:
      - run: if [ -e ~/.aws/credentials ]; then echo "has credentials"; else echo "has none"; fi
      - run: ${step}
`,
});

let both: SandboxWorld;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mayfly-policy-"));
  const policyFile = join(folder, "policy.yml");
  await writeFile(policyFile, policy);
  const faults = [{ service: "lambda", operation: "Invoke", kind: "drop", count: 1 }];
  both = await startSandboxWorld({ faults, policyFile, settings: { organizationRunnerGroup: group } });
  const { github } = both.world;
  github.addOrganization({ login: "acme", runnerGroups: [{ id: group, name: "mayfly" }] });
  github.addInstallation({ account: "acme", permissions });
  await push(".github-private", { ".github/runner.yml": runnerYml });
});
afterAll(async () => {
  await both.sandbox.stop();
  await rm(folder, { recursive: true });
});

async function push(name: string, files: Record<string, string>) {
  return await both.world.github.pushRepository({ owner: "acme", name, private: true, files });
}

async function recordOf(id: number): Promise<Job | undefined> {
  return await both.sandbox.mayfly.store.jobs.read(String(id));
}

/** The first job of a run, as soon as Mayfly has launched for it. */
async function launchedOf(runId: number | undefined) {
  return await found(async () => {
    const job = both.world.github.jobs().find((one) => one.runId === runId);
    return job !== undefined && (await recordOf(job.id))?.state === "launching" ? job : undefined;
  }, "a runner is launched");
}

async function endOf(runId: number | undefined) {
  return await found(
    async () => both.world.github.jobs().find((one) => one.runId === runId && one.status === "completed"),
    "the job has ended",
  );
}

async function repositoryOfRunner(jobId: number): Promise<string | undefined> {
  const name = (await recordOf(jobId))?.runnerName ?? "";
  return (await both.sandbox.mayfly.store.runners.read(name))?.repository.name;
}

describe("two repositories of one organisation", () => {
  test("the shop's job runs on a machine of the bank's, which gets another; it has no role there either", async () => {
    // Its own machine never comes up: the invocation is lost.
    const shop = await push("shop", workflow("'true'"));
    await launchedOf(shop.runs[0]?.id);
    const bank = await push("bank", workflow("'true'"));
    const [shops, banks] = [await endOf(shop.runs[0]?.id), await endOf(bank.runs[0]?.id)];
    expect([shops.conclusion, banks.conclusion]).toEqual(["success", "success"]);
    expect(shops.runnerGroupId).toBe(group);
    expect(await repositoryOfRunner(shops.id)).toBe("bank");
    expect(await repositoryOfRunner(banks.id)).toBe("bank");
    expect((await recordOf(banks.id))?.launches).toBe(2);
    const { github } = both.world;
    expect(github.jobLog(shops.id)).toContain("the operator's policy does not give it to acme/shop");
    expect(github.jobLog(shops.id)).toMatch(/Z has none$/m);
    expect(github.jobLog(banks.id)).toMatch(/Z has credentials$/m);
  });

  test("the bank's job runs on a machine of the shop's that stands idle, with the bank's role", async () => {
    const { github, world } = both.world;
    const before = (await world.assumedRoles()).length;
    // The second of the two is held by GitHub, and its runner waits.
    const shop = await push("shop", workflow("sleep 900", "strategy: { max-parallel: 1, matrix: { n: [1, 2] } }"));
    await found(async () => {
      const idle = github.runners().some(({ status, busy }) => status === "online" && !busy);
      return idle && github.jobs().some(({ status }) => status === "in_progress") ? true : undefined;
    }, "a runner stands idle");
    const bank = await push("bank", workflow("'true'"));
    const banks = await endOf(bank.runs[0]?.id);
    expect(banks.conclusion).toBe("success");
    expect(await repositoryOfRunner(banks.id)).toBe("shop");
    expect(github.jobLog(banks.id)).toMatch(/Z has credentials$/m);
    expect((await world.assumedRoles()).slice(before)).toEqual([
      expect.objectContaining({
        tags: { "mayfly:repository": "acme/bank", "mayfly:run": String(banks.runId), "mayfly:job": String(banks.id) },
      }),
    ]);
    github.cancelRun(shop.runs[0]?.id ?? 0);
  });

  test("nothing is left of them, and GitHub was asked for nothing but the organisation's runners", async () => {
    const { github, aws } = both.world;
    await found(
      async () => (aws.machinesLeft() === 0 && github.runners().length === 0 ? true : undefined),
      "all ended",
    );
    expect(github.violations()).toEqual([]);
    const calls = Object.keys(github.calls()).filter((id) => id.includes("runner"));
    expect(calls.filter((id) => id.endsWith("-for-repo") || id.endsWith("-from-repo"))).toEqual([]);
    expect(calls).toContain("actions/generate-runner-jitconfig-for-org");
  });
});

test("the account of a person is refused with the reason, and gets no machine", async () => {
  const { github, aws } = both.world;
  const launches = aws.launches();
  const files = {
    ".github/workflows/ci.yml": "on: push\njobs: { a: { runs-on: mayfly/lambda, steps: [{ run: 'true' }] } }",
  };
  const { runs } = await github.pushRepository({ owner: "octo", name: "own", private: true, files });
  const job = await found(async () => github.jobs().find((one) => one.runId === runs[0]?.id), "the job is queued");
  const record = await found(async () => {
    const one = await recordOf(job.id);
    return one?.state === "refused" ? one : undefined;
  }, "the job is refused");
  expect(record.reason).toMatchObject({ code: "MF-ORGANIZATION", detail: "octo is the account of a person" });
  expect(aws.launches()).toBe(launches);
  github.cancelRun(job.runId);
});
