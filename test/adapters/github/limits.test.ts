import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mockGithub, NOW_MS, repository, tokenRequests, type MockGithub, type Reply } from "./mock-github.ts";
import { sampleAnswer, sampleOf } from "./sample-answer.ts";

const JIT = "/repos/octo/site/actions/runners/generate-jitconfig";
const RUNNER = "/repos/octo/site/actions/runners/23";
const DELIVERIES = "/app/hook/deliveries?per_page=100";
const job = sampleAnswer("actions/get-job-for-workflow-run", 200, {});
const minted: Reply = {
  status: 201,
  body: { runner: sampleOf("runner", { id: 23, name: "m-1" }), encoded_jit_config: "abc" },
};

/** Headers of a bucket that is used up until so many seconds after the start. */
const usedUp = (seconds: number, resource?: string): Record<string, string> => ({
  "x-ratelimit-remaining": "0",
  "x-ratelimit-reset": String(NOW_MS / 1000 + seconds),
  ...(resource === undefined ? {} : { "x-ratelimit-resource": resource }),
});
const primary = (seconds: number, resource?: string): Reply => ({
  status: 403,
  body: { message: "API rate limit exceeded for installation ID 5." },
  headers: usedUp(seconds, resource),
});
const secondary = (headers: Record<string, string> = {}): Reply => ({
  status: 403,
  body: { message: "You have exceeded a secondary rate limit." },
  headers: { "x-ratelimit-remaining": "4000", "x-ratelimit-resource": "core", ...headers },
});

let mock: MockGithub;
beforeEach(() => {
  mock = mockGithub();
  mock.grantTokens();
});
afterEach(() => mock.check());

const after = (seconds: number): void => void (mock.clock.ms = NOW_MS + seconds * 1000);
const onJob = (reply: Reply, repo = "site"): void => mock.on("GET", `/repos/octo/${repo}/actions/jobs/1`, reply);
const read = (of = repository): Promise<unknown> => mock.github.readJob(of, 1);
const mint = (): Promise<unknown> => mock.github.mintJitConfig({ repository }, { name: "m-1", labels: ["mayfly"] });
const other = { ...repository, id: 8, name: "docs", installationId: 6 };

/** No answer is prepared for a request: one would fail the check after the test. */
async function expectRefusedHere(call: Promise<unknown>, facts: object): Promise<void> {
  const before = mock.seen.length;
  const message = expect.stringContaining("not asked");
  await expect(call).rejects.toMatchObject({ facts: { service: "github", kind: "rate-limited", message, ...facts } });
  expect(mock.seen).toHaveLength(before);
}

describe("a limit that GitHub tells of", () => {
  test("is kept to until it is over, with the seconds that are left", async () => {
    onJob(primary(90));
    await expect(read()).rejects.toMatchObject({ facts: { kind: "rate-limited", status: 403, retryAfterSeconds: 90 } });
    await expectRefusedHere(read(), { operation: "get-job", retryAfterSeconds: 90 });
    after(30.5);
    await expectRefusedHere(read(), { retryAfterSeconds: 60 });
    after(89.999);
    await expectRefusedHere(read(), { retryAfterSeconds: 1 });
    after(90);
    onJob({ body: job });
    expect(await read()).toBeDefined();
  });

  test("holds for each repository of the installation, without a token being asked for, and for no other one", async () => {
    onJob(primary(90));
    await expect(read()).rejects.toMatchObject({ facts: { status: 403 } });
    await expectRefusedHere(read({ ...repository, id: 9, name: "blog" }), { operation: "get-job" });
    onJob({ body: job }, "docs");
    expect(await read(other)).toBeDefined();
  });

  test("a used-up bucket does not hold up the registrations, nor they the other calls", async () => {
    onJob(primary(90, "core"));
    await expect(read()).rejects.toMatchObject({ facts: { status: 403 } });
    mock.on("POST", JIT, minted);
    expect(await mint()).toEqual({ runnerId: 23, jitConfig: "abc" });

    mock.on("POST", JIT, primary(600, "actions_runner_registration"));
    await expect(mint()).rejects.toMatchObject({ facts: { status: 403, retryAfterSeconds: 600 } });
    after(100);
    onJob({ body: job });
    expect(await read()).toBeDefined();
    await expectRefusedHere(mint(), { operation: "generate-jitconfig", retryAfterSeconds: 500 });
  });

  test("a bucket is the one that GitHub names", async () => {
    mock.on("POST", JIT, { ...minted, headers: { "x-ratelimit-resource": "core", "x-ratelimit-remaining": "7" } });
    await mint();
    mock.on("DELETE", RUNNER, { status: 204, headers: usedUp(90, "actions_runner_registration") });
    await mock.github.deleteRunner({ repository }, 23);
    await expectRefusedHere(mock.github.deleteRunner({ repository }, 23), { operation: "delete-runner" });
    onJob(primary(60));
    await expect(read()).rejects.toMatchObject({ facts: { status: 403 } });
    await expectRefusedHere(mint(), { operation: "generate-jitconfig", retryAfterSeconds: 60 });
  });

  test.each<[string, Reply, number]>([
    ["with a time", secondary({ "retry-after": "7" }), 7],
    ["without a time", secondary(), 60],
    ["by a status alone", { status: 429, body: { message: "Too Many Requests" } }, 60],
    ["with a budget that happens to be used up", secondary(usedUp(90, "actions_runner_registration")), 90],
  ])("a secondary limit, %s, holds for every bucket", async (_what, reply, seconds) => {
    mock.on("POST", JIT, reply);
    await expect(mint()).rejects.toMatchObject({ facts: { retryAfterSeconds: seconds } });
    await expectRefusedHere(mint(), { retryAfterSeconds: seconds });
    await expectRefusedHere(read(), { retryAfterSeconds: seconds });
    after(seconds);
    onJob({ body: job });
    expect(await read()).toBeDefined();
  });

  test("both the time to wait and the reset have to come", async () => {
    onJob({ ...primary(90), headers: { ...usedUp(90), "retry-after": "5" } });
    await expect(read()).rejects.toMatchObject({ facts: { status: 403, retryAfterSeconds: 5 } });
    await expectRefusedHere(read(), { retryAfterSeconds: 90 });
  });

  test("is told of in the log once", async () => {
    onJob(primary(80));
    onJob(primary(90));
    await Promise.allSettled([read(), read()]);
    await expectRefusedHere(read(), { retryAfterSeconds: 90 });
    const told = mock.logged.filter((line) => JSON.stringify(line).includes("github limit met"));
    const facts = { counted: "installation 5", bucket: "core", seconds: expect.any(Number) };
    expect(told).toEqual([["github limit met", facts]]);
  });
});

describe("the last request of a budget", () => {
  test("is the last until the reset", async () => {
    onJob({ body: job, headers: { ...usedUp(90), "x-ratelimit-remaining": "1" } });
    await read();
    onJob({ body: job, headers: usedUp(90) });
    expect(await read()).toBeDefined();
    await expectRefusedHere(read(), { retryAfterSeconds: 90 });
    after(90);
    onJob({ body: job });
    expect(await read()).toBeDefined();
  });

  test("may be one that failed", async () => {
    onJob({ status: 404, body: { message: "Not Found" }, headers: usedUp(90) });
    expect(await read()).toBeUndefined();
    await expectRefusedHere(read(), { retryAfterSeconds: 90 });
  });

  test("an answer that was under way, and knows of a shorter time, shortens nothing", async () => {
    let arrive = (): void => {};
    const late = new Promise<void>((resolve) => void (arrive = resolve));
    onJob({ body: job, headers: usedUp(10), after: late });
    const first = read();
    mock.on("GET", "/repos/octo/site/actions/jobs/2", { body: job, headers: usedUp(90) });
    await mock.github.readJob(repository, 2);
    arrive();
    expect(await first).toBeDefined();
    await expectRefusedHere(read(), { retryAfterSeconds: 90 });
  });
});

describe("the App's own limit", () => {
  test("holds for the App, not for tokens that live", async () => {
    onJob({ body: job });
    await read();
    mock.on("GET", DELIVERIES, primary(90));
    await expect(mock.github.listDeliveries(undefined)).rejects.toMatchObject({ facts: { status: 403 } });
    await expectRefusedHere(mock.github.listDeliveries(undefined), { operation: "list-deliveries" });
    await expectRefusedHere(read(other), { operation: "create-installation-access-token", retryAfterSeconds: 90 });
    onJob({ body: job });
    expect(await read()).toBeDefined();
    expect(tokenRequests(mock)).toHaveLength(1);
  });

  test("an installation's is not the App's", async () => {
    onJob(secondary());
    await expect(read()).rejects.toMatchObject({ facts: { status: 403 } });
    mock.on("GET", DELIVERIES, { body: [] });
    expect(await mock.github.listDeliveries(undefined)).toEqual({ deliveries: [], next: undefined });
  });
});

describe("never longer than an hour", () => {
  test.each<[string, Reply]>([
    ["a far reset", primary(90_000)],
    ["a long wait", secondary({ "retry-after": "90000" })],
  ])("%s", async (_what, reply) => {
    onJob(reply);
    await expect(read()).rejects.toMatchObject({ facts: { kind: "rate-limited", status: 403 } });
    await expectRefusedHere(read(), { retryAfterSeconds: 3600 });
    after(3600);
    onJob({ body: job });
    expect(await read()).toBeDefined();
  });

  test("nor when the clock is set back", async () => {
    onJob(primary(90));
    await expect(read()).rejects.toMatchObject({ facts: { status: 403 } });
    after(-7200);
    onJob({ body: job });
    expect(await read()).toBeDefined();
  });
});

describe("nothing else is remembered", () => {
  test.each<[string, Reply]>([
    ["500", { status: 500, body: { message: "boom" } }],
    ["503 that asks to come back", { status: 503, body: { message: "later" }, headers: { "retry-after": "20" } }],
    ["a refusal", { status: 403, body: { message: "Forbidden" } }],
    ["a missing permission", { status: 403, body: { message: "Resource not accessible by integration" } }],
    ["404", { status: 404, body: { message: "Not Found" } }],
    ["a broken connection", { breaks: "ECONNRESET" }],
    // Without a valid token GitHub counts for our address, 60 an hour
    ["401 with the headers of nobody", { status: 401, body: { message: "Bad credentials" }, headers: usedUp(90) }],
  ])("%s", async (_what, reply) => {
    onJob(reply);
    await Promise.allSettled([read()]);
    onJob({ body: job });
    expect(await read()).toBeDefined();
  });
});
