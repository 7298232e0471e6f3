import { afterEach, describe, expect, test } from "@jest/globals";

import { jobActions, startRig, until, type Rig, type RigOptions } from "./rig.ts";
import { ci, job, listedJobs, listedRuns, outcome, runNext, takeNext } from "./workflow-file.ts";

let rig: Rig;

afterEach(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

const JOBS = job("build") + job("deploy", "needs: build", "environment: {name: Prod, url: https://example.com}");

/** A run whose first job has ended and whose second one waits for an approval. */
async function waitingRun(options: RigOptions = {}): Promise<number> {
  rig = await startRig(options);
  rig.github.protect("prod");
  const { runs } = await rig.push(ci(JOBS));
  await runNext(rig);
  return runs[0]?.id ?? 0;
}

const pendingPath = (runId: number) => `/repos/octo/repo/actions/runs/${runId}/pending_deployments`;

async function review(runId: number, state: "approved" | "rejected", ids?: readonly number[]) {
  const token = await rig.token();
  const pending = await rig.call("GET", pendingPath(runId), token);
  const found = pending.json as unknown as { environment: { id: number } }[];
  const body = { environment_ids: ids ?? found.map(({ environment }) => environment.id), state, comment: "as agreed" };
  return rig.call("POST", pendingPath(runId), token, body);
}

function toldOfDeploy(): string[] {
  return rig.received
    .filter(({ payload }) => payload.workflow_job?.name === "deploy")
    .map(({ payload }) => `${payload.action ?? ""}/${String(payload.workflow_job?.status)}`);
}

describe("a job of a protected environment", () => {
  test("waits: told as waiting with its deployment, handed to nobody, its run waits", async () => {
    const runId = await waitingRun();
    expect(outcome(rig)).toEqual(["build: success", "deploy: waiting"]);
    expect(await takeNext(rig)).toBeUndefined();
    await until("told", () => toldOfDeploy().length > 0);
    expect(toldOfDeploy()).toEqual(["waiting/waiting"]);
    const told = rig.received.find(({ payload }) => payload.action === "waiting");
    expect(told?.payload.deployment).toMatchObject({ environment: "Prod", task: "deploy" });
    expect(await listedJobs(rig, `${runId}/jobs`)).toEqual(["build#1: success", "deploy#1: waiting"]);
    const listed = await Promise.all(["waiting", "queued", "in_progress"].map((status) => listedRuns(rig, `status=${status}`))); // prettier-ignore
    expect(listed).toEqual([[runId], [], []]);
    expect(rig.github.idle()).toBe(true);
  });

  test("is queued and handed out once it is approved", async () => {
    const runId = await waitingRun();
    rig.github.approve(runId);
    expect(await listedRuns(rig, "status=in_progress")).toEqual([runId]);
    expect(await runNext(rig)).toBe("deploy");
    await until("completed", () => toldOfDeploy().length === 4);
    expect(toldOfDeploy()).toEqual(expect.arrayContaining(["waiting/waiting", "queued/queued"]));
    expect(rig.github.runs()[0]?.conclusion).toBe("success");
    expect(() => rig.github.approve(runId)).toThrow("waits for an approval");
  });

  test("may be told as queued while it waits, and is told as queued again after that", async () => {
    const runId = await waitingRun({ habits: { queuedWhileWaiting: true } });
    await until("told", () => toldOfDeploy().length === 2);
    expect(toldOfDeploy().toSorted()).toEqual(["queued/waiting", "waiting/waiting"]);
    expect(await takeNext(rig)).toBeUndefined();
    rig.github.approve(runId);
    await until("told again", () => toldOfDeploy().length === 3);
    expect(toldOfDeploy()).toContain("queued/queued");
  });

  test("a waiting job beside others leaves the run in progress", async () => {
    rig = await startRig();
    rig.github.protect("prod");
    const { runs } = await rig.push(ci(job("deploy", "environment: '${{ format(''{0}'', ''prod'') }}'") + job("long")));
    expect(await listedRuns(rig, "status=queued")).toEqual([runs[0]?.id]);
    const long = await takeNext(rig);
    expect(long?.message.name).toBe("long");
    expect(await listedRuns(rig, "status=in_progress")).toEqual([runs[0]?.id]);
    await long?.runner.run(long.message);
    expect(await listedRuns(rig, "status=waiting")).toEqual([runs[0]?.id]);
  });

  test("cancelled while it waits it ends without a runner", async () => {
    const runId = await waitingRun();
    rig.github.cancelRun(runId);
    expect(outcome(rig)).toEqual(["build: success", "deploy: cancelled"]);
    expect(rig.github.runs()[0]?.conclusion).toBe("cancelled");
    await until("told", () => jobActions(rig).includes("deploy completed"));
  });

  test("keeps its concurrency group for itself while it waits", async () => {
    rig = await startRig();
    rig.github.protect("prod");
    const deploy = job("deploy", "environment: prod", "concurrency: deploy");
    const first = await rig.push(ci(deploy));
    await rig.push(ci(deploy));
    expect(outcome(rig)).toEqual(["deploy: waiting", "deploy: pending"]);
    rig.github.approve(first.runs[0]?.id ?? 0);
    await runNext(rig);
    expect(outcome(rig)).toEqual(["deploy: success", "deploy: waiting"]);
  });
});

test("an environment without a rule holds nobody back, but the job has its deployment", async () => {
  rig = await startRig();
  await rig.push(ci(job("deploy", "environment: staging")));
  expect(await runNext(rig)).toBe("deploy");
  await until("completed", () => toldOfDeploy().length === 3);
  expect(rig.received.filter(({ payload }) => payload.deployment !== undefined)).toHaveLength(3);
  expect(rig.events.filter(({ type }) => type === "not-understood")).toEqual([]);
});

describe("over the API", () => {
  test("environments are listed and approved by their ids", async () => {
    const runId = await waitingRun();
    const listed = await rig.call("GET", pendingPath(runId), await rig.token());
    expect(JSON.parse(listed.text)).toMatchObject([{ environment: { name: "Prod" }, current_user_can_approve: true }]);
    const approved = await review(runId, "approved");
    expect([approved.status, JSON.parse(approved.text)]).toMatchObject([200, [{ environment: "Prod" }]]);
    expect(await runNext(rig)).toBe("deploy");
    expect((await rig.call("GET", pendingPath(runId), await rig.token())).text).toBe("[]");
    expect((await review(runId, "approved", [1])).status).toBe(422);
  });

  test("a rejected job fails without a runner", async () => {
    const runId = await waitingRun();
    expect((await review(runId, "rejected")).status).toBe(200);
    expect(outcome(rig)).toEqual(["build: success", "deploy: failure"]);
    expect(rig.github.runs()[0]?.conclusion).toBe("failure");
  });

  test("an environment that nobody waits for is a 422, a run that is not there a 404", async () => {
    const runId = await waitingRun();
    expect((await review(runId, "approved", [1])).status).toBe(422);
    expect((await review(runId, "approved", [])).status).toBe(422);
    expect(outcome(rig)).toEqual(["build: success", "deploy: waiting"]);
    expect((await rig.call("GET", pendingPath(1), await rig.token())).status).toBe(404);
    const reader = await rig.token({ permissions: { actions: "write" } });
    const body = { environment_ids: [1], state: "approved", comment: "" };
    expect((await rig.call("POST", pendingPath(runId), reader, body)).status).toBe(403);
  });
});
