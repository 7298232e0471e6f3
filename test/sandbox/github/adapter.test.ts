import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { githubApp } from "../../../src/adapters/github/github-app.ts";
import type { Repository } from "../../../src/core/model/repository.ts";
import type { GitHub } from "../../../src/core/ports.ts";
import { APP_ID, PRIVATE_KEY, startRig, type Rig } from "./rig.ts";
import { FILE, job, runNext, takeNext } from "./workflow-file.ts";

const REPO = { owner: "octo", name: "repo" };
const PRIVATE = ".github-private";
const workflow = `on: [push, pull_request]\njobs:\n${job("a")}`;
let rig: Rig;
let github: GitHub;
let repository: Repository;

beforeAll(async () => {
  rig = await startRig();
  const nothing = (): void => {};
  github = githubApp({
    appId: APP_ID,
    privateKey: PRIVATE_KEY,
    baseUrl: rig.github.url,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    clock: { nowMs: () => Date.now() },
  });
  const pushed = await rig.push({ [FILE]: workflow, ".github/workflows/old/x.yml": "", "README.md": "" });
  const { id, owner, name } = pushed.repository;
  repository = { id, owner, name, installationId: rig.installationId, private: true };
});
afterAll(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

test("a run from a fork, from its beginning to its log", async () => {
  const { pullRequest, runs } = await rig.github.openPullRequest({
    repository: REPO,
    from: { owner: "ann" },
    files: { "a.txt": "" },
  });
  const run = await github.readRun(repository, runs[0]?.id ?? 0);
  expect(run).toMatchObject({
    event: "pull_request",
    headBranch: "patch-1",
    headRepository: { id: pullRequest.headRepositoryId, fullName: "ann/repo" },
    actor: "ann",
    triggeringActor: "ann",
  });
  rig.github.cancelJob(rig.github.jobs()[0]?.id ?? 0);
  const taken = await takeNext(rig);
  const jobId = taken?.message.jobId ?? 0;
  expect(await github.readJobLog(repository, jobId)).toBeUndefined();
  const long = `${"x".repeat(299_999)}\n`;
  await taken?.runner.post(`/jobs/${jobId}/log`, { text: long });
  await taken?.runner.run(taken.message);
  const whole = `${long}hello from a\n`;
  expect(await github.readJobLog(repository, jobId)).toBe(whole.slice(-256 * 1024));
  rig.github.deleteFork({ owner: "ann", name: "repo" });
  expect(await github.readRun(repository, run?.id ?? 0)).toHaveProperty("headRepository", undefined);
});

test("a cancelled run's jobs end; it cannot be cancelled again, and its job has no log", async () => {
  const { runs } = await rig.push({ [FILE]: workflow });
  const runId = runs[0]?.id ?? 0;
  await github.cancelRun(repository, runId);
  expect((await github.readRun(repository, runId))?.conclusion).toBe("cancelled");
  await expect(github.cancelRun(repository, runId)).rejects.toMatchObject({ facts: { kind: "conflict" } });
  expect(await runNext(rig)).toBeUndefined();
  expect(await github.readJobLog(repository, rig.github.jobs().at(-1)?.id ?? 0)).toBeUndefined();
});

test("who may write", async () => {
  rig.github.addCollaborator(REPO, "bob", "maintain");
  rig.github.addCollaborator(REPO, "eve", "triage");
  const logins = ["octo", "bob", "eve", "ann", "nobody", "mayfly[bot]"];
  const may = await Promise.all(logins.map((login) => github.mayWrite(repository, login)));
  expect(may).toEqual([true, true, false, false, false, false]);
});

describe("files", () => {
  test("of a folder", async () => {
    const bytes = Buffer.byteLength(workflow);
    expect(await github.listFiles(repository, ".github/workflows")).toEqual([
      { path: FILE, sha: expect.stringMatching(/^[0-9a-f]{40}$/), bytes },
    ]);
    expect(await github.listFiles(repository, "nowhere")).toBeUndefined();
    expect(await github.listFiles(repository, FILE)).toBeUndefined();
  });

  test("of another repository of the owner", async () => {
    const read = async (name: string) => await github.readOwnersFile(repository, name, ".github/runner.yml");
    expect(await read(PRIVATE)).toBeUndefined();
    await rig.push({ ".github/runner.yml": "max-runners: 3\n" }, { name: PRIVATE });
    expect(await read(PRIVATE)).toBe("max-runners: 3\n");
    await rig.push({ "README.md": "" }, { name: ".github" });
    expect(await read(".github")).toBeUndefined();
  });
});
