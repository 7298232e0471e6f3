import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { jwtVerify, importSPKI } from "jose";
import { appKeys, mockGithub, NOW_MS, repository, tokenRequests, type MockGithub } from "./mock-github.ts";
import { sampleAnswer } from "./sample-answer.ts";

const TOKENS = "/app/installations/5/access_tokens";
const JOB = sampleAnswer("actions/get-job-for-workflow-run", 200, {});

let mock: MockGithub;
beforeEach(() => {
  mock = mockGithub();
});
afterEach(() => mock.check());

function expectJobs(count: number, repo = "site"): void {
  for (let id = 1; id <= count; id += 1) mock.on("GET", `/repos/octo/${repo}/actions/jobs/${id}`, { body: JOB });
}

describe("sharing", () => {
  test("40 jobs at once and later take one token for each permission set", async () => {
    mock.grantTokens();
    const ids = Array.from({ length: 40 }, (_, index) => index + 1);
    expectJobs(40);
    for (const id of ids) mock.on("DELETE", `/repos/octo/site/actions/runners/${id}`, { status: 204 });
    await Promise.all(
      ids.flatMap((id) => [mock.github.readJob(repository, id), mock.github.deleteRunner({ repository }, id)]),
    );
    expectJobs(1);
    await mock.github.readJob(repository, 1);
    // Both are asked for at the same time, in no order
    expect(tokenRequests(mock)).toHaveLength(2);
    expect(tokenRequests(mock).map(({ body }) => body)).toEqual(
      expect.arrayContaining([
        { repository_ids: [7], permissions: { actions: "read", contents: "read" } },
        { repository_ids: [7], permissions: { administration: "write" } },
      ]),
    );
    const used = new Set(
      mock.seen.map(({ headers }) => headers["authorization"]).filter((text) => text?.startsWith("token")),
    );
    expect(used.size).toBe(2);
  });

  test("another repository or installation has its own", async () => {
    mock.grantTokens();
    expectJobs(1);
    expectJobs(1, "docs");
    expectJobs(1, "blog");
    await mock.github.readJob(repository, 1);
    await mock.github.readJob({ ...repository, id: 8, name: "docs" }, 1);
    await mock.github.readJob({ ...repository, installationId: 6, name: "blog" }, 1);
    const asked = tokenRequests(mock).map(({ path, body }) => [
      path,
      (body as { repository_ids: number[] }).repository_ids,
    ]);
    expect(asked).toEqual([
      [TOKENS, [7]],
      [TOKENS, [8]],
      ["/app/installations/6/access_tokens", [7]],
    ]);
  });

  test("is asked for with a JWT that the App's key signed", async () => {
    mock.grantTokens();
    expectJobs(1);
    await mock.github.readJob(repository, 1);
    const [, jwt = ""] = /^bearer (.+)$/.exec(mock.seen[0]?.headers["authorization"] ?? "") ?? [];
    const { payload } = await jwtVerify(jwt, await importSPKI(appKeys.publicKey, "RS256"));
    expect(payload.iss).toBe(4711);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(600);
  });
});

describe("renewal", () => {
  test("a token is used up to a minute before it expires", async () => {
    mock.grantTokens();
    expectJobs(3);
    await mock.github.readJob(repository, 1);
    mock.clock.ms = NOW_MS + 3_600_000 - 60_001;
    await mock.github.readJob(repository, 2);
    expect(tokenRequests(mock)).toHaveLength(1);
    mock.clock.ms = NOW_MS + 3_600_000 - 60_000;
    await mock.github.readJob(repository, 3);
    expect(tokenRequests(mock)).toHaveLength(2);
    expect(mock.seen.at(-1)?.headers["authorization"]).toBe("token ghs_4711_secret.2.x");
  });

  test("a token that GitHub refuses is dropped, other tokens stay", async () => {
    mock.grantTokens();
    mock.on("DELETE", "/repos/octo/site/actions/runners/1", { status: 204 });
    await mock.github.deleteRunner({ repository }, 1);
    mock.on("GET", "/repos/octo/site/actions/jobs/1", { status: 401, body: { message: "Bad credentials" } });
    await expect(mock.github.readJob(repository, 1)).rejects.toMatchObject({ facts: { kind: "unauthorized" } });
    expect(tokenRequests(mock)).toHaveLength(2);

    expectJobs(1);
    await mock.github.readJob(repository, 1);
    mock.on("DELETE", "/repos/octo/site/actions/runners/1", { status: 204 });
    await mock.github.deleteRunner({ repository }, 1);
    expect(tokenRequests(mock)).toHaveLength(3);
  });

  test("an answer other than 401 drops nothing", async () => {
    mock.grantTokens();
    mock.on("GET", "/repos/octo/site/actions/jobs/1", { status: 403, body: { message: "no" } });
    await expect(mock.github.readJob(repository, 1)).rejects.toMatchObject({ facts: { kind: "forbidden" } });
    expectJobs(1);
    await mock.github.readJob(repository, 1);
    expect(tokenRequests(mock)).toHaveLength(1);
  });
});

describe("failure", () => {
  test("is shared by those who asked together and never kept", async () => {
    mock.on("POST", TOKENS, { status: 503, body: { message: "later" } });
    const both = await Promise.allSettled([mock.github.readJob(repository, 1), mock.github.readJob(repository, 2)]);
    expect(both).toMatchObject([
      { reason: { facts: { kind: "unavailable", operation: "create-installation-access-token" } } },
      { reason: { facts: { kind: "unavailable", operation: "create-installation-access-token" } } },
    ]);
    expect(tokenRequests(mock)).toHaveLength(1);
    mock.grantTokens();
    expectJobs(1);
    expect(await mock.github.readJob(repository, 1)).toBeDefined();
  });

  test("names the permissions that the installation does not grant", async () => {
    const message = "The permissions requested are not granted to this installation.";
    mock.on("POST", TOKENS, { status: 422, body: { message, documentation_url: "https://docs.github.com" } });
    await expect(mock.github.deleteRunner({ repository }, 1)).rejects.toMatchObject({
      facts: {
        kind: "forbidden",
        code: "permission-missing",
        message: expect.stringContaining("administration: write"),
      },
    });
  });

  test("a 404 of the token says that the App is not installed, not that the job is unknown", async () => {
    mock.on("POST", TOKENS, { status: 404, body: { message: "Not Found" } });
    await expect(mock.github.readJob(repository, 1)).rejects.toMatchObject({
      facts: { kind: "not-found", operation: "create-installation-access-token" },
    });
  });

  test("an answer without a token is none", async () => {
    const body = { token: "", expires_at: "2026-11-22T11:00:00Z" };
    mock.on("POST", TOKENS, { status: 201, body });
    await expect(mock.github.readJob(repository, 1)).rejects.toMatchObject({ facts: { kind: "unavailable" } });
  });
});
