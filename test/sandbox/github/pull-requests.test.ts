import { afterEach, describe, expect, test } from "@jest/globals";

import { jobActions, startRig, until, type Loose, type Received, type Rig, type RigOptions } from "./rig.ts";
import { scriptedRunner } from "./scripted-runner.ts";
import { FILE, job, outcome, takeNext } from "./workflow-file.ts";

const REPO = { owner: "octo", name: "repo" };
const FORK = { owner: "ann", name: "repo" };
const TARGET = ".github/workflows/target.yml";
const workflow = (on: string, jobs = job("a")): string => `name: CI\non: ${on}\njobs:\n${jobs}`;
let rig: Rig;

afterEach(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

/** A repository whose workflows run on pull requests in both ways, once its own webhooks have arrived. */
async function repository(options: RigOptions = {}, files: Record<string, string> = {}): Promise<string> {
  rig = await startRig(options);
  const tree = { "a.txt": "a", "b.txt": "b", [FILE]: workflow("pull_request"), ...files };
  const { sha } = await rig.push(tree);
  await until("told", () => rig.received.length > 0 && rig.github.idle());
  rig.received.length = 0;
  return sha;
}

const open = (files: Record<string, string | null> = { "a.txt": "changed" }) =>
  rig.github.openPullRequest({ repository: REPO, from: { owner: "ann" }, files, title: "Fix" });
const get = async (path: string) => (await rig.call("GET", `/repos/octo/repo/${path}`, await rig.token())).json;
const received = (event: string): Received["payload"][] =>
  rig.received.filter((item) => item.event === event).map(({ payload }) => payload);
async function told(count: number): Promise<string[]> {
  await until("told", () => rig.received.length >= count);
  await until("all ended", () => rig.github.idle());
  return rig.received.map(({ event, payload }) => `${event} ${payload.action ?? ""}`);
}

describe("a pull request from a fork", () => {
  test("is told, and its run names the fork, its commit, its branch and its author", async () => {
    await repository();
    const { pullRequest, runs } = await open();
    expect(await told(3)).toEqual(["pull_request opened", "workflow_run requested", "workflow_job queued"]);
    const [event] = received("pull_request");
    expect(event).toMatchObject({
      number: 1,
      sender: { login: "ann" },
      repository: { full_name: "octo/repo" },
      installation: { id: rig.installationId },
      pull_request: {
        title: "Fix",
        user: { login: "ann" },
        author_association: "NONE",
        head: { label: "ann:patch-1", sha: pullRequest.headSha, repo: { full_name: "ann/repo", fork: true } },
        base: { ref: "main", repo: { full_name: "octo/repo", fork: false } },
        merge_commit_sha: pullRequest.mergeSha,
      },
    });
    const run = await get(`actions/runs/${runs[0]?.id}`);
    expect(run).toMatchObject({
      event: "pull_request",
      head_sha: pullRequest.headSha,
      head_branch: "patch-1",
      display_title: "Fix",
      head_repository: { full_name: "ann/repo", fork: true },
      repository: { full_name: "octo/repo" },
      actor: { login: "ann" },
      triggering_actor: { login: "ann" },
      pull_requests: [],
    });
    expect(run?.head_repository?.id).not.toBe(run?.repository?.id);
    expect(received("workflow_run")[0]).toMatchObject({ workflow_run: { head_repository: { full_name: "ann/repo" } } });
    expect(received("workflow_job")[0]?.workflow_job).toMatchObject({
      head_sha: pullRequest.headSha,
      head_branch: "patch-1",
    });
  });

  test("runs the workflows that it brings, on what the merge would give, without secrets", async () => {
    await repository();
    rig.github.setSecret(REPO, "KEY", "secret");
    const { pullRequest } = await open({
      "a.txt": null,
      "c.txt": "c",
      [FILE]: workflow("pull_request", job("theirs")),
    });
    const taken = await takeNext(rig);
    expect(taken?.message.name).toBe("theirs");
    expect(Object.keys(taken?.message.workspaceFiles ?? {}).toSorted()).toEqual([FILE, "b.txt", "c.txt"]);
    expect(Object.keys(taken?.message.secrets ?? {})).toEqual(["GITHUB_TOKEN"]);
    const { github } = taken?.message ?? {};
    expect(github).toMatchObject({
      event_name: "pull_request",
      actor: "ann",
      repository: "octo/repo",
      ref: "refs/pull/1/merge",
      ref_name: "1/merge",
      head_ref: "patch-1",
      base_ref: "main",
      sha: pullRequest.mergeSha,
      event: {
        action: "opened",
        number: 1,
        repository: { full_name: "octo/repo" },
        sender: { login: "ann" },
        pull_request: { head: { sha: pullRequest.headSha, repo: { full_name: "ann/repo", fork: true } } },
      },
    });
  });

  test("has its commit in the base repository: files can be read and check runs written there", async () => {
    await repository();
    const { pullRequest } = await open();
    const content = async (ref: string) => (await get(`contents/a.txt?ref=${ref}`))?.content;
    const changed = `${Buffer.from("changed").toString("base64")}\n`;
    expect([await content(pullRequest.headSha), await content("refs/pull/1/head")]).toEqual([changed, changed]);
    const body = { name: "Mayfly", head_sha: pullRequest.headSha };
    expect((await rig.call("POST", "/repos/octo/repo/check-runs", await rig.token(), body)).status).toBe(201);
    expect((await rig.call("GET", "/repos/ann/repo/contents/a.txt", await rig.token())).status).toBe(404);
  });

  test("gets any runner with its labels, also one that was started for another job", async () => {
    await repository({}, { [FILE]: workflow("[push, pull_request]") });
    await open();
    expect(outcome(rig)).toEqual(["a: queued", "a: queued"]);
    const [ours, theirs] = rig.github.jobs();
    rig.github.cancelJob(ours?.id ?? 0);
    const runner = await scriptedRunner(rig, `for-${ours?.id}`, ["mayfly"]);
    expect((await runner.take()).jobId).toBe(theirs?.id);
  });

  test("once more: another head commit, another run, both shas told", async () => {
    await repository();
    const { pullRequest: first } = await open();
    await told(3);
    rig.received.length = 0;
    const { pullRequest, runs } = await rig.github.pushToPullRequest(first, { files: { "d.txt": "d" }, author: "bob" });
    await told(3);
    expect(received("pull_request")[0]).toMatchObject({
      action: "synchronize",
      before: first.headSha,
      after: pullRequest.headSha,
      sender: { login: "bob" },
      pull_request: { user: { login: "ann" }, head: { sha: pullRequest.headSha } },
    });
    expect(runs).toMatchObject([{ headSha: pullRequest.headSha, actor: "bob", number: 2 }]);
    expect((await get("contents/a.txt?ref=refs/pull/1/merge"))?.content).toBe("Y2hhbmdlZA==\n");
  });

  test("whose fork is deleted has no head repository any more", async () => {
    await repository();
    const { pullRequest, runs } = await open();
    await told(3);
    rig.github.deleteFork(FORK);
    expect(await get(`actions/runs/${runs[0]?.id}`)).toMatchObject({ head_repository: null, head_branch: "patch-1" });
    rig.github.cancelRun(runs[0]?.id ?? 0);
    await until("told", () => received("workflow_run").length === 2);
    expect(received("workflow_run")[1]).toMatchObject({ action: "completed", workflow_run: { head_repository: null } });
    await expect(rig.github.pushToPullRequest(pullRequest, { files: {} })).rejects.toThrow("gone");
  });

  test("the fork's own push is told to nobody, unless the App is installed there, and runs nothing", async () => {
    await repository({}, { [FILE]: workflow("push") });
    const before = rig.github.runs().length;
    await open();
    expect(await told(1)).toEqual(["pull_request opened"]);
    rig.github.addInstallation({ account: "bob" });
    await rig.github.openPullRequest({ repository: REPO, from: { owner: "bob", branch: "main" }, files: { x: "x" } });
    await told(3);
    const [push] = received("push");
    expect(push).toMatchObject({ ref: "refs/heads/main", repository: { full_name: "bob/repo" } });
    expect(rig.github.runs()).toHaveLength(before);
  });

  test("of a public repository is public; a second one of the same person uses the same fork", async () => {
    rig = await startRig();
    await rig.push({ [FILE]: workflow("pull_request") }, { private: false });
    const [one, two] = [await open(), await open()];
    expect([one.pullRequest.number, two.pullRequest.number]).toEqual([1, 2]);
    expect(one.pullRequest.headRepositoryId).toBe(two.pullRequest.headRepositoryId);
    expect((await get(`actions/runs/${one.runs[0]?.id}`))?.head_repository).toMatchObject({ private: false });
  });
});

describe("a pull request from a branch", () => {
  test("runs what the push triggers too, with secrets, and its run shows it", async () => {
    await repository({}, { ".github/workflows/push.yml": workflow("push") });
    rig.github.setSecret(REPO, "KEY", "secret");
    rig.github.addCollaborator(REPO, "bob", "write");
    const { runs, pullRequest } = await rig.github.openPullRequest({
      repository: REPO,
      from: "feature",
      files: { "a.txt": "changed", "b.txt": null, "c.txt": "c" },
      author: "bob",
    });
    expect(runs.map(({ event, headBranch, actor }) => [event, headBranch, actor])).toEqual([
      ["push", "feature", "bob"],
      ["pull_request", "feature", "bob"],
    ]);
    expect(await get(`actions/runs/${runs[1]?.id}`)).toMatchObject({
      head_repository: { full_name: "octo/repo" },
      pull_requests: [{ number: 1, head: { ref: "feature", sha: pullRequest.headSha }, base: { ref: "main" } }],
    });
    await told(3);
    const [push] = received("push");
    expect(push?.["head_commit"] as Loose).toMatchObject({
      added: ["c.txt"],
      modified: ["a.txt"],
      removed: ["b.txt"],
    });
    expect(received("pull_request")[0]).toMatchObject({ pull_request: { author_association: "COLLABORATOR" } });
    rig.github.cancelRun(runs[0]?.id ?? 0);
    rig.github.cancelJob(rig.github.jobs()[0]?.id ?? 0);
    const taken = await takeNext(rig);
    expect(taken?.message.github["event_name"]).toBe("pull_request");
    expect(taken?.message.secrets["KEY"]).toBe("secret");
  });

  test("against what is not there is refused", async () => {
    await repository();
    const request = { repository: REPO, from: "x", files: {} };
    await expect(rig.github.openPullRequest({ ...request, base: "none" })).rejects.toThrow("no branch none");
    const repositoryGone = { owner: "octo", name: "gone" };
    await expect(rig.github.openPullRequest({ ...request, repository: repositoryGone })).rejects.toThrow("octo/gone");
    await rig.push({ x: "x" }, { owner: "eve", name: "other" });
    const from = { owner: "eve", name: "other" };
    await expect(rig.github.openPullRequest({ ...request, from })).rejects.toThrow("eve/other is no fork");
    expect(() => rig.github.deleteFork(REPO)).toThrow("no fork");
  });
});

describe("pull_request_target", () => {
  const files = { [TARGET]: workflow("pull_request_target", job("trusted")) };

  test("runs the default branch's workflow on its code, with secrets, and looks like the base's own", async () => {
    const sha = await repository({}, files);
    rig.github.setSecret(REPO, "KEY", "secret");
    const { runs } = await open({ [FILE]: null, [TARGET]: workflow("pull_request_target", job("evil")), evil: "x" });
    expect(runs).toMatchObject([{ event: "pull_request_target", actor: "ann", headSha: sha, headBranch: "patch-1" }]);
    const run = await get(`actions/runs/${runs[0]?.id}`);
    expect(run).toMatchObject({ head_repository: { full_name: "octo/repo" }, head_sha: sha, pull_requests: [] });
    expect(run?.head_repository?.id).toBe(run?.repository?.id);
    const taken = await takeNext(rig);
    expect(taken?.message).toMatchObject({ name: "trusted", secrets: { KEY: "secret" } });
    expect(taken?.message.github).toMatchObject({
      ref: "refs/heads/main",
      sha,
      head_ref: "patch-1",
      event: { pull_request: { head: { repo: { full_name: "ann/repo" } } } },
    });
    expect(Object.keys(taken?.message.workspaceFiles ?? {})).not.toContain("evil");
  });

  test("may name the fork as its head repository", async () => {
    await repository({ habits: { targetRunsShowFork: true } }, files);
    const { runs } = await open({ [FILE]: null });
    expect(await get(`actions/runs/${runs[0]?.id}`)).toMatchObject({ head_repository: { full_name: "ann/repo" } });
  });
});

test("other events run workflows of the default branch, by whoever caused them", async () => {
  const sha = await repository({}, { [TARGET]: workflow("issue_comment", job("answer")) });
  const runs = await rig.github.trigger({
    repository: REPO,
    event: "issue_comment",
    actor: "ann",
    payload: { action: "created", comment: { body: "/deploy" } },
  });
  expect(runs).toMatchObject([{ event: "issue_comment", actor: "ann", headSha: sha, headBranch: "main" }]);
  expect(await get(`actions/runs/${runs[0]?.id}`)).toMatchObject({ head_repository: { full_name: "octo/repo" } });
  await until("queued", () => jobActions(rig).includes("answer queued"));
  expect((await takeNext(rig))?.message.github["event"]).toMatchObject({ comment: { body: "/deploy" } });
  expect(await rig.github.trigger({ repository: REPO, event: "schedule" })).toEqual([]);
});
