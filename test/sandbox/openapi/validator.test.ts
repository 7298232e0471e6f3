import { describe, expect, test } from "@jest/globals";
import { githubContract } from "../../../src/sandbox/openapi/validator.ts";
import { sampleAnswer, sampleWebhook } from "../../adapters/github/sample-answer.ts";

const contract = githubContract();
const JIT = "/repos/octo/site/actions/runners/generate-jitconfig";
const jit = { name: "mayfly-1", runner_group_id: 1, labels: ["mayfly"], work_folder: "_work" };
const annotation = { path: "a", start_line: 1, end_line: 1, annotation_level: "notice", message: "m" };
const annotations = (count: number): object[] => Array.from({ length: count }, () => annotation);
const check = (fields: object): object => ({
  name: "n",
  head_sha: "a",
  output: { title: "t", summary: "s", ...fields },
});

describe("operation", () => {
  test.each([
    ["POST", JIT, "actions/generate-runner-jitconfig-for-repo", { owner: "octo", repo: "site" }],
    ["delete", "/repos/o/r/actions/runners/5", "actions/delete-self-hosted-runner-from-repo", { runner_id: "5" }],
    ["GET", "/app/installations/1", "apps/get-installation", { installation_id: "1" }],
    [
      "GET",
      "/app/hook/deliveries/380214672987000001",
      "apps/get-webhook-delivery",
      { delivery_id: "380214672987000001" },
    ],
    ["GET", "/repos/o/r/contents/.github/runner.yml?ref=a", "repos/get-content", { path: ".github/runner.yml" }],
    ["GET", "/repos/o/r/contents/a%2Fb%20c", "repos/get-content", { path: "a/b c" }],
    ["GET", "/repos/o/r/commits/feature/x/check-runs", "checks/list-for-ref", { ref: "feature/x" }],
  ])("%s %s", (method, path, id, parameters) => {
    expect(contract.operation(method, path)).toMatchObject({ id, parameters });
  });

  test.each([
    ["PUT", JIT],
    ["GET", "/repos/o/r/actions/runners/5/labels"],
    ["GET", "/repos/o/r/actions/runners/"],
    ["GET", "/api/v3/app"],
  ])("%s %s is none", (method, path) => {
    expect(contract.operation(method, path)).toBeUndefined();
    expect(contract.requestErrors(method, path, undefined)).toHaveLength(1);
  });
});

describe("requests", () => {
  test.each<[string, string, string, unknown]>([
    ["a JIT config", "POST", JIT, jit],
    ["50 annotations", "POST", "/repos/o/r/check-runs", check({ annotations: annotations(50) })],
    ["no body where none is needed", "POST", "/app/installations/1/access_tokens", undefined],
    [
      "a narrowed token",
      "POST",
      "/app/installations/1/access_tokens",
      { repository_ids: [1], permissions: { checks: "write" } },
    ],
    ["a query", "GET", "/repos/o/r/actions/runners?name=x%20y&per_page=100&page=2", undefined],
    ["a truth", "GET", "/repos/o/r/actions/runs/1?exclude_pull_requests=true", undefined],
    ["a big id", "GET", "/app/hook/deliveries/380214672987000001", undefined],
  ])("%s is well-formed", (_what, method, path, body) => {
    expect(contract.requestErrors(method, path, body)).toEqual([]);
  });

  test.each<[string, string, string, unknown, RegExp]>([
    ["an unknown field", "POST", JIT, { ...jit, disable_update: true }, /additional properties: disable_update/],
    ["no labels", "POST", JIT, { ...jit, labels: [] }, /labels must NOT have fewer/],
    ["101 labels", "POST", JIT, { ...jit, labels: Array(101).fill("a") }, /labels must NOT have more/],
    ["a group as text", "POST", JIT, { ...jit, runner_group_id: "1" }, /runner_group_id must be integer/],
    ["no body", "POST", JIT, undefined, /body is required/],
    ["no name", "POST", JIT, { ...jit, name: undefined }, /required property 'name'/],
    ["a body where none is", "DELETE", "/repos/o/r/actions/runners/1", {}, /takes no body/],
    ["51 annotations", "POST", "/repos/o/r/check-runs", check({ annotations: annotations(51) }), /annotations/],
    ["a long summary", "POST", "/repos/o/r/check-runs", check({ summary: "x".repeat(65_536) }), /summary/],
    [
      "an unknown field deep inside",
      "POST",
      "/repos/o/r/check-runs",
      check({ annotations: [{ ...annotation, line: 1 }] }),
      /annotations\/0 must NOT have additional properties: line/,
    ],
    [
      "an unknown permission, behind a reference",
      "POST",
      "/app/installations/1/access_tokens",
      { permissions: { runners: "write" } },
      /additional properties: runners/,
    ],
    [
      "a wrong access",
      "POST",
      "/app/installations/1/access_tokens",
      { permissions: { checks: "all" } },
      /allowed values/,
    ],
    ["an id that is no number", "GET", "/repos/o/r/actions/jobs/abc", undefined, /path \/job_id must be integer/],
    ["an unknown query", "GET", "/repos/o/r/actions/runners?label=x", undefined, /query .*: label/],
    [
      "a query of the wrong type",
      "GET",
      "/repos/o/r/actions/runners?per_page=many",
      undefined,
      /per_page must be integer/,
    ],
    ["a query out of its values", "GET", "/repos/o/r/commits/a/check-runs?filter=first", undefined, /filter/],
    ["a page that is too long", "GET", "/repos/o/r/actions/runners?per_page=101", undefined, /at most 100/],
    ["a query twice", "GET", "/repos/o/r/actions/runners?page=1&page=2", undefined, /more than once/],
  ])("%s is an error", (_what, method, path, body, expected) => {
    expect(contract.requestErrors(method, path, body).join("\n")).toMatch(expected);
  });
});

describe("answers", () => {
  const job = sampleAnswer("actions/get-job-for-workflow-run", 200, {});

  test("a described body is right, a field that is missing or of another type is not", () => {
    expect(contract.responseErrors("actions/get-job-for-workflow-run", 200, job)).toEqual([]);
    const { id: _id, ...without } = job as { id: number };
    expect(contract.responseErrors("actions/get-job-for-workflow-run", 200, without).join()).toMatch(/property 'id'/);
    const wrong = { ...job, labels: "mayfly" };
    expect(contract.responseErrors("actions/get-job-for-workflow-run", 200, wrong).join()).toMatch(
      /labels must be array/,
    );
  });

  test("null counts where it may stand, beside an enum too, and nowhere else", () => {
    const errors = (fields: object): string[] =>
      contract.responseErrors("actions/get-job-for-workflow-run", 200, { ...job, ...fields });
    expect(errors({ conclusion: null, runner_name: null })).toEqual([]);
    expect(errors({ conclusion: "success" })).toEqual([]);
    expect(errors({ conclusion: "splendid" })).not.toEqual([]);
    expect(errors({ head_sha: null })).not.toEqual([]);
  });

  test("only statuses of the operation, or those that any may give", () => {
    const id = "actions/delete-self-hosted-runner-from-repo";
    const described = { message: "busy", documentation_url: "d" };
    expect(contract.responseErrors(id, 204, undefined)).toEqual([]);
    expect(contract.responseErrors(id, 204, { id: 1 })).toHaveLength(1);
    expect(contract.responseErrors(id, 422, described)).toEqual([]);
    for (const status of [401, 403, 404, 429, 500, 502, 599])
      expect(contract.responseErrors(id, status, {})).toEqual([]);
    for (const status of [200, 201, 302, 409, 418]) expect(contract.responseErrors(id, status, {})).toHaveLength(1);
    expect(contract.responseErrors("actions/none", 200, {})).toHaveLength(1);
  });

  test("ids that Octokit reads as bigint are integers", () => {
    const item = {
      id: 380214672987000001n,
      guid: "g",
      delivered_at: "2026-11-22T10:00:00Z",
      redelivery: false,
      duration: 1,
      status: "OK",
      status_code: 200,
      event: "push",
      action: null,
      installation_id: 1,
      repository_id: null,
    };
    expect(contract.responseErrors("apps/list-webhook-deliveries", 200, [item])).toEqual([]);
    const undated = { ...item, delivered_at: "yesterday" };
    expect(contract.responseErrors("apps/list-webhook-deliveries", 200, [undated])).toHaveLength(1);
  });

  test("file contents may come raw", () => {
    expect(contract.responseErrors("repos/get-content", 200, "name: ci")).toEqual([]);
    expect(contract.responseErrors("apps/get-authenticated", 200, "name: ci")).not.toEqual([]);
  });
});

describe("webhooks", () => {
  const job = {
    id: 1,
    run_id: 2,
    run_url: "https://x.test",
    run_attempt: 1,
    node_id: "n",
    head_sha: "a",
    labels: ["mayfly"],
    url: "https://x.test",
    html_url: "https://x.test",
    check_run_url: "https://x.test",
    name: "lint",
    steps: [],
    status: "queued",
    conclusion: null,
    created_at: "2026-11-22T10:00:00Z",
    started_at: "2026-11-22T10:00:00Z",
    completed_at: null,
    runner_id: null,
    runner_name: null,
    runner_group_id: null,
    runner_group_name: null,
    workflow_name: "CI",
    head_branch: "main",
  };
  const errors = (action: string, fields: object): string => {
    const payload = sampleWebhook("workflow-job-queued", { action, workflow_job: { ...job, ...fields } });
    return contract.webhookErrors("workflow_job", action, payload).join("\n");
  };

  test("judges the payload of its own action", () => {
    expect(errors("queued", {})).toBe("");
    expect(errors("queued", { labels: [1] })).toMatch(/\/workflow_job\/labels\/0 must be string/);
    expect(errors("queued", { status: "done" })).toMatch(/\/workflow_job\/status/);
    expect(errors("queued", { head_sha: undefined })).toMatch(/required property 'head_sha'/);
    expect(errors("in_progress", { status: "in_progress" })).not.toMatch(/is no webhook/);
    const queued = sampleWebhook("workflow-job-queued", {});
    expect(contract.webhookErrors("workflow_job", "completed", queued).join()).toMatch(/\/action/);
    expect(contract.webhookErrors("workflow_job", "queued", { ...queued, repository: undefined })).toHaveLength(1);
  });

  test("the action may be empty for push, and an event outside of the slice is an error", () => {
    for (const action of [undefined, ""]) {
      expect(contract.webhookErrors("push", action, {}).join()).toMatch(/push \/ must have required property 'ref'/);
    }
    expect(contract.webhookErrors("workflow_job", "lost", {})).toEqual([
      "workflow-job-lost is no webhook of the slice",
    ]);
  });
});
