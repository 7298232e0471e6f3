import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { appKeys, mockGithub, repository, tokenRequests, type MockGithub, type Reply } from "./mock-github.ts";
import { sampleOf } from "./sample-answer.ts";

const JIT = "/repos/octo/site/actions/runners/generate-jitconfig";
const LIST = "/repos/octo/site/actions/runners?name=mayfly-1-1-1&per_page=100";
const BLOB = "eyJhIjoi".repeat(530);
const registered = (fields: object = {}): object =>
  sampleOf("runner", { id: 23, name: "mayfly-1-1-1", status: "offline", busy: false, ...fields });

let mock: MockGithub;
beforeEach(() => {
  mock = mockGithub();
  mock.grantTokens();
});
afterEach(() => mock.check());

const mint = (organizationRunnerGroup?: number): Promise<unknown> =>
  mock.github.mintJitConfig({ repository, organizationRunnerGroup }, { name: "mayfly-1-1-1", labels: ["mayfly"] });

describe("mintJitConfig", () => {
  test("asks for one runner of the default group and gives id and config", async () => {
    mock.on("POST", JIT, { status: 201, body: { runner: registered(), encoded_jit_config: BLOB } });
    expect(await mint()).toEqual({ runnerId: 23, jitConfig: BLOB });
    const [token, post] = mock.seen;
    expect(token?.body).toEqual({ repository_ids: [7], permissions: { administration: "write" } });
    expect(post?.body).toEqual({ name: "mayfly-1-1-1", runner_group_id: 1, labels: ["mayfly"], work_folder: "_work" });
    expect(post?.headers).toMatchObject({
      authorization: "token ghs_4711_secret.1.x",
      "x-github-api-version": "2022-11-28",
    });
  });

  test.each<[string, Reply, object]>([
    ["a connection that breaks", { breaks: "ECONNRESET" }, { kind: "lost-reply" }],
    ["a gateway without an answer", { status: 502, text: "{}" }, { kind: "lost-reply", status: 502 }],
    ["a failure inside", { status: 500, body: { message: "boom" } }, { kind: "lost-reply" }],
    [
      "an empty config",
      { status: 201, body: { runner: registered(), encoded_jit_config: "" } },
      { kind: "lost-reply", status: 201 },
    ],
    ["a refused connection", { breaks: "ECONNREFUSED" }, { kind: "unavailable" }],
    [
      "a server that asks to come back",
      { status: 503, body: { message: "later" }, headers: { "retry-after": "7" } },
      { kind: "unavailable", retryAfterSeconds: 7 },
    ],
    ["a name that is taken", { status: 409, body: { message: "Already exists" } }, { kind: "conflict" }],
    ["self-hosted runners switched off", { status: 403, body: { message: "" } }, { kind: "forbidden" }],
  ])("%s is told as it is, after exactly one POST", async (_what, reply, facts) => {
    mock.on("POST", JIT, reply);
    await expect(mint()).rejects.toMatchObject({
      facts: { service: "github", operation: "generate-jitconfig", ...facts },
    });
    // A second POST would find no answer and fail the check after the test
  });

  test("neither errors nor the log carry a secret", async () => {
    const leak = `ghs_4711_secret.1.x ${BLOB} ${appKeys.privateKey}`;
    mock.on("POST", JIT, {
      status: 422,
      body: { message: `wrong: ${leak}`, documentation_url: "https://docs.github.com" },
    });
    const error: unknown = await mint().catch((reason: unknown) => reason);
    mock.on("POST", JIT, { status: 201, body: { runner: registered(), encoded_jit_config: BLOB } });
    await mint();
    const told = `${String(error)} ${JSON.stringify(error)} ${JSON.stringify(mock.logged)}`;
    expect(told).toContain("wrong: [redacted]");
    for (const secret of ["secret", BLOB.slice(0, 250), "PRIVATE KEY", "authorization"])
      expect(told).not.toContain(secret);
  });
});

describe("findRunner", () => {
  test("gives the runner of exactly that name", async () => {
    const others = [registered({ id: 1, name: "mayfly-1-1-10" }), registered({ id: 2, name: "MAYFLY-1-1-1" })];
    mock.on("GET", LIST, {
      body: { total_count: 3, runners: [...others, registered({ status: "online", busy: true })] },
    });
    const expected = { id: 23, name: "mayfly-1-1-1", status: "online", busy: true };
    expect(await mock.github.findRunner({ repository }, "mayfly-1-1-1")).toEqual(expected);
  });

  test("undefined when there is none", async () => {
    mock.on("GET", LIST, { body: { total_count: 1, runners: [registered({ name: "mayfly-1-1-12" })] } });
    expect(await mock.github.findRunner({ repository }, "mayfly-1-1-1")).toBeUndefined();
  });
});

describe("deleteRunner", () => {
  test.each<[number, string, object | undefined]>([
    [204, "deleted", undefined],
    [404, "absent", { message: "Not Found" }],
    [
      422,
      "busy",
      { message: "Bad request - Runner is currently running a job and cannot be deleted.", documentation_url: "" },
    ],
  ])("%i means %s", async (status, outcome, body) => {
    mock.on("DELETE", "/repos/octo/site/actions/runners/23", { status, body });
    expect(await mock.github.deleteRunner({ repository }, 23)).toBe(outcome);
    expect(tokenRequests(mock)).toHaveLength(1);
  });

  test("what is neither of them is an error", async () => {
    mock.on("DELETE", "/repos/octo/site/actions/runners/23", { breaks: "ECONNRESET" });
    await expect(mock.github.deleteRunner({ repository }, 23)).rejects.toMatchObject({
      facts: { kind: "unavailable" },
    });
  });
});

describe("of an organisation", () => {
  const scope = { repository, organizationRunnerGroup: 4 };
  const ORG_JIT = "/orgs/octo/actions/runners/generate-jitconfig";
  const ORG_LIST = "/orgs/octo/actions/runners?name=mayfly-1-1-1&per_page=100";
  const minted = { status: 201, body: { runner: registered(), encoded_jit_config: BLOB } };

  test("a runner is registered in its group; the token is for the one repository and has the organisation's permission", async () => {
    mock.on("POST", ORG_JIT, minted);
    expect(await mint(4)).toEqual({ runnerId: 23, jitConfig: BLOB });
    const [token, post] = mock.seen;
    expect(token?.body).toEqual({
      repository_ids: [7],
      permissions: { organization_self_hosted_runners: "write" },
    });
    expect(post?.body).toEqual({ name: "mayfly-1-1-1", runner_group_id: 4, labels: ["mayfly"], work_folder: "_work" });
  });

  test("it is found and deleted there, with the same token", async () => {
    mock.on("GET", ORG_LIST, { body: { total_count: 1, runners: [registered({ status: "online", busy: true })] } });
    const expected = { id: 23, name: "mayfly-1-1-1", status: "online", busy: true };
    expect(await mock.github.findRunner(scope, "mayfly-1-1-1")).toEqual(expected);
    mock.on("DELETE", "/orgs/octo/actions/runners/23", { status: 204 });
    expect(await mock.github.deleteRunner(scope, 23)).toBe("deleted");
    mock.on("DELETE", "/orgs/octo/actions/runners/23", {
      status: 422,
      body: { message: "Bad request - the runner is running a job.", documentation_url: "" },
    });
    expect(await mock.github.deleteRunner(scope, 23)).toBe("busy");
    expect(tokenRequests(mock)).toHaveLength(1);
  });

  test("a token of a repository's runner is not used for it", async () => {
    mock.on("POST", JIT, minted);
    mock.on("POST", ORG_JIT, minted);
    await mint();
    await mint(4);
    expect(tokenRequests(mock).map(({ body }) => (body as { permissions: object }).permissions)).toEqual([
      { administration: "write" },
      { organization_self_hosted_runners: "write" },
    ]);
  });

  test("where there is no such organisation or group, the error says so, after exactly one POST", async () => {
    mock.on("POST", ORG_JIT, { status: 404, body: { message: "Not Found" } });
    await expect(mint(4)).rejects.toMatchObject({
      facts: { kind: "not-found", message: "404 Not Found (is octo an organisation with a runner group 4?)" },
    });
  });

  test("without the permission, the error names it", async () => {
    const message = "Resource not accessible by integration";
    mock.on("POST", ORG_JIT, { status: 403, body: { message } });
    await expect(mint(4)).rejects.toMatchObject({
      facts: {
        kind: "forbidden",
        code: "permission-missing",
        message: expect.stringContaining("organization_self_hosted_runners: write"),
      },
    });
  });

  test("a reply that is lost is told as lost: it may have registered the runner", async () => {
    mock.on("POST", ORG_JIT, { breaks: "ECONNRESET" });
    await expect(mint(4)).rejects.toMatchObject({ facts: { kind: "lost-reply", operation: "generate-jitconfig" } });
  });
});
