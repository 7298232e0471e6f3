import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mockGithub, repository, tokenRequests, type MockGithub, type Reply } from "./mock-github.ts";
import { sampleOf } from "./sample-answer.ts";

const ACTIONS = "/repos/octo/site/actions";
const JOBS = `${ACTIONS}/runs/3/jobs?filter=latest&per_page=100`;
const run = (fields: object = {}): object =>
  sampleOf("workflow-run", { id: 3, run_attempt: 2, status: "queued", conclusion: null, event: "push", ...fields });
const job = (fields: object = {}): object =>
  sampleOf("job", { id: 21, run_id: 3, run_attempt: 2, name: "lint", labels: ["mayfly"], ...fields });

let mock: MockGithub;
beforeEach(() => {
  mock = mockGithub();
  mock.grantTokens();
});
afterEach(() => mock.check());

describe("listRuns", () => {
  test.each(["queued", "in_progress"] as const)(
    "%s: one page of a hundred, with a token that only reads",
    async (status) => {
      const [first, second] = [
        run({ status, path: ".github/workflows/ci.yml@refs/heads/main" }),
        run({ id: 30_000_000_001, status, path: ".github/workflows/nightly.yml", event: "schedule" }),
      ];
      const link = `<https://api.github.com${ACTIONS}/runs?status=${status}&per_page=100&page=2>; rel="next"`;
      mock.on("GET", `${ACTIONS}/runs?status=${status}&per_page=100`, {
        body: { total_count: 140, workflow_runs: [first, second] },
        headers: { link },
      });
      expect(await mock.github.listRuns(repository, status)).toEqual([
        { id: 3, runAttempt: 2, status, conclusion: undefined, path: ".github/workflows/ci.yml", event: "push" },
        {
          id: 30_000_000_001,
          runAttempt: 2,
          status,
          conclusion: undefined,
          path: ".github/workflows/nightly.yml",
          event: "schedule",
        },
      ]);
      expect(tokenRequests(mock)[0]?.body).toEqual({ repository_ids: [7], permissions: { actions: "read" } });
    },
  );

  test("none is an empty list; an answer that broke off is not", async () => {
    mock.on("GET", `${ACTIONS}/runs?status=queued&per_page=100`, { body: { total_count: 0, workflow_runs: [] } });
    expect(await mock.github.listRuns(repository, "queued")).toEqual([]);
    mock.on("GET", `${ACTIONS}/runs?status=queued&per_page=100`, { breaks: "ECONNRESET" });
    await expect(mock.github.listRuns(repository, "queued")).rejects.toMatchObject({
      facts: { kind: "unavailable", operation: "list-runs" },
    });
  });
});

describe("listJobs", () => {
  test("gives the facts of the latest attempt and the page that follows, until there is none", async () => {
    const link = (page: number): string => `<https://api.github.com${JOBS}&page=${page}>`;
    mock.on("GET", JOBS, {
      body: { total_count: 101, jobs: [job({ status: "completed", conclusion: "failure", runner_name: "m-1" })] },
      headers: { link: `${link(2)}; rel="next", ${link(2)}; rel="last"` },
    });
    const { jobs, next } = await mock.github.listJobs(repository, 3, 1);
    expect(jobs).toMatchObject([
      { id: 21, runId: 3, runAttempt: 2, name: "lint", labels: ["mayfly"], conclusion: "failure", runnerName: "m-1" },
    ]);
    expect(next).toBe(2);

    mock.on("GET", `${JOBS}&page=2`, {
      body: { total_count: 101, jobs: [job({ id: 22, runner_name: null })] },
      headers: { link: `${link(1)}; rel="prev", ${link(1)}; rel="first"` },
    });
    const last = await mock.github.listJobs(repository, 3, 2);
    expect(last.jobs).toMatchObject([{ id: 22, runnerName: undefined }]);
    expect(last.next).toBeUndefined();
    expect(tokenRequests(mock).map(({ body }) => body)).toEqual([
      { repository_ids: [7], permissions: { actions: "read" } },
    ]);
  });

  test("a run that GitHub does not know is not a run without jobs", async () => {
    mock.on("GET", JOBS, { status: 404, body: { message: "Not Found" } });
    await expect(mock.github.listJobs(repository, 3, 1)).rejects.toMatchObject({
      facts: { kind: "not-found", operation: "list-jobs" },
    });
  });
});

describe.each([
  ["one job", 21, `${ACTIONS}/jobs/21/rerun`, "rerun-job"],
  ["all that failed", undefined, `${ACTIONS}/runs/3/rerun-failed-jobs`, "rerun-failed-jobs"],
] as const)("rerunFailed, %s", (_what, jobId, path, operation) => {
  const rerun = (): Promise<void> => mock.github.rerunFailed(repository, 3, jobId);

  test("asks once, with a token that may write", async () => {
    mock.on("POST", path, { status: 201, body: {} });
    expect(await rerun()).toBeUndefined();
    expect(tokenRequests(mock)[0]?.body).toEqual({ repository_ids: [7], permissions: { actions: "write" } });
  });

  test.each<[string, Reply, object]>([
    [
      "a workflow that runs",
      { status: 403, body: { message: "This workflow is already running" } },
      { kind: "conflict", status: 403 },
    ],
    [
      "a run that runs",
      { status: 403, body: { message: "The workflow run containing this job is already running" } },
      { kind: "conflict", status: 403 },
    ],
    [
      "a run that is in progress",
      { status: 403, body: { message: "This run cannot be re-run while it is in progress." } },
      { kind: "conflict", status: 403 },
    ],
    [
      "a run that is too old",
      { status: 403, body: { message: "Unable to retry this workflow run because it was created over a month ago" } },
      { kind: "forbidden" },
    ],
    [
      "a run that may not run again",
      { status: 403, body: { message: "This workflow run cannot be retried" } },
      { kind: "forbidden" },
    ],
    [
      "a permission that is missing",
      { status: 403, body: { message: "Resource not accessible by integration" } },
      { kind: "forbidden", code: "permission-missing", message: expect.stringContaining("needs actions: write") },
    ],
    ["a connection that breaks", { breaks: "ECONNRESET" }, { kind: "lost-reply" }],
    ["a gateway without an answer", { status: 502, text: "{}" }, { kind: "lost-reply", status: 502 }],
    ["a refused connection", { breaks: "ECONNREFUSED" }, { kind: "unavailable" }],
  ])("%s is told as it is, after exactly one POST", async (_case, reply, facts) => {
    mock.on("POST", path, reply);
    const error: unknown = await rerun().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ facts: { service: "github", operation, ...facts } });
    expect(String(error).includes("needs ")).toBe("code" in facts);
    // A second POST would find no answer and fail the check after the test
  });
});

describe("cancelRun", () => {
  const cancel = (): Promise<void> => mock.github.cancelRun(repository, 3);

  test("asks once, with a token that may write", async () => {
    mock.on("POST", `${ACTIONS}/runs/3/cancel`, { status: 202, body: {} });
    expect(await cancel()).toBeUndefined();
    expect(tokenRequests(mock)[0]?.body).toEqual({ repository_ids: [7], permissions: { actions: "write" } });
  });

  test.each<[Reply, object]>([
    [
      { status: 409, body: { message: "Cannot cancel a workflow run that is completed." } },
      { kind: "conflict", status: 409 },
    ],
    [
      { status: 403, body: { message: "Resource not accessible by integration" } },
      { kind: "forbidden", code: "permission-missing" },
    ],
    [{ status: 404, body: { message: "Not Found" } }, { kind: "not-found" }],
    [{ breaks: "ECONNRESET" }, { kind: "unavailable" }],
  ])("%j is told as it is", async (reply, facts) => {
    mock.on("POST", `${ACTIONS}/runs/3/cancel`, reply);
    await expect(cancel()).rejects.toMatchObject({ facts: { operation: "cancel-run", ...facts } });
  });
});
