import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mockGithub, repository, tokenRequests, type MockGithub } from "./mock-github.ts";
import { sampleAnswer, sampleOf } from "./sample-answer.ts";

const REPO = "/repos/octo/site";
const missing = { status: 404, body: { message: "Not Found" } };

let mock: MockGithub;
beforeEach(() => {
  mock = mockGithub();
  mock.grantTokens();
});
afterEach(() => mock.check());

describe("readJob", () => {
  test("gives the facts, times in milliseconds, nothing instead of null", async () => {
    const body = sampleAnswer("actions/get-job-for-workflow-run", 200, {
      id: 12_877_621_891,
      run_id: 3,
      run_attempt: 2,
      name: "lint",
      workflow_name: "CI",
      head_sha: "abc",
      labels: ["mayfly"],
      status: "queued",
      conclusion: null,
      runner_name: null,
      created_at: "2026-11-22T10:00:00Z",
      started_at: "2026-11-22T10:00:01Z",
      completed_at: null,
    });
    mock.on("GET", `${REPO}/actions/jobs/12877621891`, { body });
    expect(await mock.github.readJob(repository, 12_877_621_891)).toEqual({
      id: 12_877_621_891,
      runId: 3,
      runAttempt: 2,
      name: "lint",
      workflowName: "CI",
      headSha: "abc",
      headBranch: undefined,
      htmlUrl: undefined,
      labels: ["mayfly"],
      status: "queued",
      conclusion: undefined,
      runnerName: undefined,
      createdAtMs: Date.parse("2026-11-22T10:00:00Z"),
      startedAtMs: Date.parse("2026-11-22T10:00:01Z"),
      completedAtMs: undefined,
    });
    expect(tokenRequests(mock)[0]?.body).toEqual({
      repository_ids: [7],
      permissions: { actions: "read", contents: "read" },
    });
  });

  test("an empty runner name is none", async () => {
    const fields = { status: "completed", conclusion: "cancelled", runner_name: "" };
    mock.on("GET", `${REPO}/actions/jobs/1`, { body: sampleAnswer("actions/get-job-for-workflow-run", 200, fields) });
    const job = await mock.github.readJob(repository, 1);
    expect(job).toMatchObject({ status: "completed", conclusion: "cancelled" });
    expect(job?.runnerName).toBeUndefined();
  });

  test("undefined for a job that GitHub does not know", async () => {
    mock.on("GET", `${REPO}/actions/jobs/1`, missing);
    expect(await mock.github.readJob(repository, 1)).toBeUndefined();
  });
});

describe("readRun", () => {
  test.each([
    [".github/workflows/ci.yml", ".github/workflows/ci.yml"],
    [".github/workflows/ci.yml@main", ".github/workflows/ci.yml"],
    [".github/workflows/ci.yaml@refs/heads/feature/x", ".github/workflows/ci.yaml"],
    [".github/workflows/me@home.yml@refs/heads/main", ".github/workflows/me@home.yml"],
    ["dynamic/pages/pages-build-deployment", "dynamic/pages/pages-build-deployment"],
  ])("path %s is %s", async (given, path) => {
    const fields = { id: 3, run_attempt: 2, status: "in_progress", conclusion: null, path: given, event: "push" };
    mock.on("GET", `${REPO}/actions/runs/3`, { body: sampleAnswer("actions/get-workflow-run", 200, fields) });
    const expected = { id: 3, runAttempt: 2, status: "in_progress", conclusion: undefined, path, event: "push" };
    expect(await mock.github.readRun(repository, 3)).toEqual(expected);
  });

  const answered = async (fields: Record<string, unknown>) => {
    mock.on("GET", `${REPO}/actions/runs/3`, { body: sampleAnswer("actions/get-workflow-run", 200, fields) });
    return await mock.github.readRun(repository, 3);
  };

  test("tells whose code it is and who caused it", async () => {
    const from = sampleOf("minimal-repository", { id: 99, full_name: "ann/site" });
    const [actor, again] = [sampleOf("simple-user", { login: "ann" }), sampleOf("simple-user", { login: "bob" })];
    expect(await answered({ head_branch: "fix", head_repository: from, actor, triggering_actor: again })).toMatchObject(
      {
        headBranch: "fix",
        headRepository: { id: 99, fullName: "ann/site" },
        actor: "ann",
        triggeringActor: "bob",
      },
    );
  });

  test("a repository that is gone is none", async () => {
    const facts = await answered({ head_branch: null, head_repository: null, actor: undefined });
    expect(facts).toHaveProperty("headRepository", undefined);
    expect(facts).toHaveProperty("headBranch", undefined);
    expect(facts).toHaveProperty("actor", undefined);
  });

  test("those who ask for the same run at once share a request, also its failure; nothing is kept", async () => {
    const read = async () => await mock.github.readRun(repository, 3);
    mock.on("GET", `${REPO}/actions/runs/3`, { status: 502, text: "{}" });
    const failed = await Promise.allSettled([read(), read()]);
    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const body = sampleAnswer("actions/get-workflow-run", 200, { id: 3 });
    mock.on("GET", `${REPO}/actions/runs/3`, { body });
    mock.on("GET", `${REPO}/actions/runs/4`, { body: { ...body, id: 4 } });
    const runs = await Promise.all([read(), mock.github.readRun(repository, 4), read()]);
    expect(runs.map((run) => run?.id)).toEqual([3, 4, 3]);
  });

  test("undefined for a run that GitHub does not know", async () => {
    mock.on("GET", `${REPO}/actions/runs/3`, missing);
    expect(await mock.github.readRun(repository, 3)).toBeUndefined();
  });
});

describe("readFile", () => {
  const path = `${REPO}/contents/.github%2Frunner.yml?ref=main`;
  const read = (): Promise<string | undefined> => mock.github.readFile(repository, ".github/runner.yml", "main");
  const file = (content: string, encoding: string, size: number): object => ({
    ...sampleAnswer("repos/get-content", 200, {}),
    type: "file",
    name: "runner.yml",
    path: ".github/runner.yml",
    sha: "a",
    url: "https://x.test/a",
    git_url: null,
    html_url: null,
    download_url: null,
    content,
    encoding,
    size,
    _links: { git: null, html: null, self: "https://x.test/a" },
  });

  test("decodes base64 with line breaks and UTF-8", async () => {
    const text = "name: Größe ☂\n".repeat(9);
    const content = Buffer.from(text).toString("base64").replaceAll(/.{60}/g, "$&\n");
    mock.on("GET", path, { body: file(content, "base64", Buffer.byteLength(text)) });
    expect(await read()).toBe(text);
  });

  test("without a ref of the default branch; reads at the same time share one request, later ones do not", async () => {
    const answer = (text: string): object => ({
      body: file(Buffer.from(text).toString("base64"), "base64", text.length),
    });
    const readDefault = async () => await mock.github.readFile(repository, ".github/runner.yml");
    mock.on("GET", path.replace("?ref=main", ""), answer("one"));
    expect(await Promise.all([readDefault(), readDefault(), readDefault()])).toEqual(["one", "one", "one"]);
    mock.on("GET", path.replace("?ref=main", ""), answer("two"));
    expect(await readDefault()).toBe("two");
  });

  test("an empty file is an empty text", async () => {
    mock.on("GET", path, { body: file("", "base64", 0) });
    expect(await read()).toBe("");
  });

  test("above 1 MB the raw media type brings the content", async () => {
    const text = "ü".repeat(600_000);
    mock.on("GET", path, { body: file("", "none", 1_200_000) });
    mock.on("GET", path, { text, headers: { "content-type": "application/vnd.github.raw; charset=utf-8" } });
    expect(await read()).toBe(text);
    expect(mock.seen.at(-1)?.headers["accept"]).toContain("raw");
    expect(tokenRequests(mock)).toHaveLength(1);
  });

  test("a raw answer without a charset is read too", async () => {
    const text = "ü".repeat(600_000);
    mock.on("GET", path, { body: file("", "none", 1_200_000) });
    mock.on("GET", path, { text, headers: { "content-type": "application/vnd.github.raw" } });
    expect(await read()).toBe(text);
  });

  test("undefined for a directory and for what is not there", async () => {
    mock.on("GET", path, { body: [] });
    expect(await read()).toBeUndefined();
    mock.on("GET", path, missing);
    expect(await read()).toBeUndefined();
  });
});
