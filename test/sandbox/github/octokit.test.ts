import { createAppAuth } from "@octokit/auth-app";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ProbotOctokit } from "probot";

import { APP_ID, PRIVATE_KEY, startRig, type Rig } from "./rig.ts";

const here = { owner: "octo", repo: "repo" };
let rig: Rig;
let sha: string;

beforeAll(async () => {
  rig = await startRig({ faults: ["github.webhook:drop:1"] });
  const files = {
    ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    runs-on: mayfly\n    steps: [{run: 'true'}]\n",
  };
  ({ sha } = await rig.push(files));
});
afterAll(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

function octokit(installationId?: number) {
  const Octokit = ProbotOctokit.defaults((options: object) => ({
    ...options,
    baseUrl: rig.github.url,
    throttle: { enabled: false },
    retry: { enabled: false },
    authStrategy: createAppAuth,
    auth: { appId: APP_ID, privateKey: PRIVATE_KEY, ...(installationId === undefined ? {} : { installationId }) },
  }));
  return new Octokit();
}

test("Probot's Octokit: token, runner, job, file and check run", async () => {
  const github = octokit(rig.installationId);
  const minted = await github.rest.actions.generateRunnerJitconfigForRepo({
    ...here,
    name: "by-octokit",
    runner_group_id: 1,
    labels: ["mayfly"],
    work_folder: "_work",
  });
  expect(minted.data.runner.name).toBe("by-octokit");
  const [job] = rig.github.jobs();
  const read = await github.rest.actions.getJobForWorkflowRun({ ...here, job_id: job?.id ?? 0 });
  expect(read.data.labels).toEqual(["mayfly"]);
  const path = ".github/workflows/ci.yml";
  const file = await github.rest.repos.getContent({ ...here, path, ref: sha, mediaType: { format: "raw" } });
  expect(file.data as unknown).toContain("runs-on: mayfly");
  const check = await github.rest.checks.create({ ...here, name: "Mayfly", head_sha: sha, status: "in_progress" });
  expect(rig.github.checkRuns()[0]?.id).toBe(check.data.id);
  expect(rig.github.calls()["apps/create-installation-access-token"]).toBe(1);
});

test("Probot's Octokit reads delivery ids above 2^53 in full", async () => {
  const github = octokit();
  const failed = await github.rest.apps.listWebhookDeliveries({ status: "failure" });
  const [first] = failed.data;
  const [expected] = rig.github.deliveries().filter(({ ok }) => ok === false);
  expect(String(first?.id)).toBe(expected?.id);
  const one = await github.rest.apps.getWebhookDelivery({ delivery_id: first?.id ?? 0 });
  expect(one.data.request.payload).toMatchObject({ action: "queued" });
});
