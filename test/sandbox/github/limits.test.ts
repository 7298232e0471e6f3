import { request, type ClientRequest, type IncomingMessage } from "node:http";

import { afterEach, describe, expect, test } from "@jest/globals";

import { GITHUB_LIMITS } from "../../../src/sandbox/github/limits.ts";
import { startRig, textOf, type Reply, type Rig, type RigOptions } from "./rig.ts";

const REPOSITORY = "/repos/octo/repo";
const HOUR_MS = 3_600_000;
let rig: Rig;
let sha: string;

afterEach(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

async function start(limits: NonNullable<RigOptions["limits"]>): Promise<string> {
  rig = await startRig({ limits });
  ({ sha } = await rig.push({ "README.md": "hello" }));
  return rig.token();
}

const read = (token: string) => rig.call("GET", `${REPOSITORY}/contents/README.md`, token);
const list = (token: string) => rig.call("GET", `${REPOSITORY}/actions/runs`, token);
const check = (token: string) => rig.call("POST", `${REPOSITORY}/check-runs`, token, { name: "Mayfly", head_sha: sha });
const mint = (token: string, name: string) =>
  rig.call("POST", `${REPOSITORY}/actions/runners/generate-jitconfig`, token, { name, runner_group_id: 1, labels: ["a"] }); // prettier-ignore

function shown({ status, headers }: Reply): unknown[] {
  return [status, headers.get("x-ratelimit-remaining"), headers.get("x-ratelimit-used"), headers.get("retry-after")];
}

test("without a word the limits are those of GitHub's documents", async () => {
  const token = await start({});
  const rates = await rig.call("GET", "/rate_limit", token);
  expect(rates.json?.resources?.core?.limit).toBe(5_000);
  expect(rates.json?.resources?.actions_runner_registration?.limit).toBe(10_000);
  expect(GITHUB_LIMITS).toMatchObject({ pointsPerMinute: 900, contentPerMinute: 80, contentPerHour: 500 });
  expect(GITHUB_LIMITS.concurrentRequests).toBe(100);
});

describe("the primary limit", () => {
  test("is used up by one installation's requests, whatever its token, and full again after an hour", async () => {
    const token = await start({ corePerHour: 3 });
    const other = await rig.token();
    expect([shown(await read(token)), shown(await list(other)), shown(await read(token))]).toEqual([
      [200, "2", "1", null],
      [200, "1", "2", null],
      [200, "0", "3", null],
    ]);
    const refused = await read(other);
    expect(shown(refused)).toEqual([403, "0", "3", null]);
    expect(refused.json?.message).toBe(`API rate limit exceeded for installation ID ${rig.installationId}.`);
    const resetMs = Number(refused.headers.get("x-ratelimit-reset")) * 1000;
    expect(resetMs).toBeGreaterThan(Date.now());
    expect(resetMs).toBeLessThanOrEqual(Date.now() + HOUR_MS + 1000);
    rig.clock.aheadMs += HOUR_MS + 1;
    expect(shown(await read(await rig.token()))).toEqual([200, "2", "1", null]);
  });

  test("of another installation is another one, and so is that of registrations", async () => {
    const token = await start({ corePerHour: 1, registrationsPerHour: 2 });
    const mallory = rig.github.addInstallation({ account: "mallory" });
    const made = await rig.call("POST", `/app/installations/${mallory.id}/access_tokens`, await rig.jwt(), {});
    expect([(await read(token)).status, (await read(token)).status]).toEqual([200, 403]);
    const elsewhere = await rig.call("GET", "/repos/mallory/none/actions/runs", textOf(made.json?.token));
    expect(shown(elsewhere)).toEqual([404, "0", "1", null]);
    const minted = [await mint(token, "a"), await mint(token, "b"), await mint(token, "c")];
    expect(minted.map(shown)).toEqual([
      [201, "1", "1", null],
      [201, "0", "2", null],
      [403, "0", "2", null],
    ]);
    expect(minted[2]?.headers.get("x-ratelimit-resource")).toBe("actions_runner_registration");
    expect(rig.github.runners().map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test("may be told with a 429", async () => {
    const token = await start({ corePerHour: 0, status: 429 });
    expect(shown(await read(token))).toEqual([429, "0", "0", null]);
  });

  test("stands in the headers of refusals too", async () => {
    const token = await start({});
    const missing = await rig.call("GET", `${REPOSITORY}/actions/runs/1`, token);
    const forbidden = await rig.call("GET", `${REPOSITORY}/actions/runners`, await rig.token({ permissions: { checks: "read" } })); // prettier-ignore
    expect([shown(missing), shown(forbidden)]).toEqual([
      [404, "4999", "1", null],
      [403, "4998", "2", null],
    ]);
  });
});

describe("a secondary limit", () => {
  test("of an endpoint: reading costs 1 point, writing 5, each endpoint by itself, full again after a minute", async () => {
    const token = await start({ pointsPerMinute: 10 });
    const statuses: number[] = [];
    for (let turn = 0; turn < 11; turn += 1) statuses.push((await read(token)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 403]);
    const refused = await read(token);
    expect(refused.json?.message).toMatch(/^You have exceeded a secondary rate limit/);
    const waitSeconds = Number(refused.headers.get("retry-after"));
    expect(waitSeconds).toBeGreaterThan(0);
    expect(waitSeconds).toBeLessThanOrEqual(60);
    expect(Number(refused.headers.get("x-ratelimit-remaining"))).toBeGreaterThan(4_900);
    const minted = [await mint(token, "a"), await mint(token, "b"), await mint(token, "c")];
    expect(minted.map(({ status }) => status)).toEqual([201, 201, 403]);
    expect((await list(token)).status).toBe(200);
    rig.clock.aheadMs += waitSeconds * 1000;
    expect((await read(token)).status).toBe(200);
  });

  test("of content: check runs, made or changed, in a minute and in an hour", async () => {
    const token = await start({ contentPerMinute: 2, contentPerHour: 3 });
    const made = await check(token);
    const changed = await rig.call("PATCH", `${REPOSITORY}/check-runs/${textOf(made.json?.id)}`, token, { name: "x" });
    const third = await check(token);
    expect([made.status, changed.status, third.status]).toEqual([201, 200, 403]);
    expect(third.json?.message).toContain("temporarily blocked from content creation");
    expect((await list(token)).status).toBe(200);
    rig.clock.aheadMs += 60_000;
    const later = [await check(token), await check(token)];
    expect(later.map(({ status }) => status)).toEqual([201, 403]);
    expect(Number(later[1]?.headers.get("retry-after"))).toBeGreaterThan(3_000);
    expect(rig.github.checkRuns()).toHaveLength(2);
  });

  test("of requests at the same time: one that has not ended counts, one that has does not", async () => {
    const token = await start({ concurrentRequests: 2 });
    const open = [await beginCheck(token), await beginCheck(token)];
    const refused = await read(token);
    expect([refused.status, refused.json?.message]).toEqual([
      403,
      expect.stringMatching(/^You have exceeded a secondary rate limit/),
    ]);
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(await open[0]?.end()).toBe(201);
    expect((await read(token)).status).toBe(200);
    expect(await open[1]?.end()).toBe(201);
  });
});

/** A request whose head has arrived at the server and whose body has not. */
async function beginCheck(token: string): Promise<{ end(): Promise<number | undefined> }> {
  const body = JSON.stringify({ name: "Mayfly", head_sha: sha });
  const started: ClientRequest = request(`${rig.github.url}${REPOSITORY}/check-runs`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-length": body.length, expect: "100-continue" },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    started.once("response", resolve).once("error", reject);
  });
  started.flushHeaders();
  await new Promise<void>((resolve) => started.once("continue", resolve));
  return {
    async end() {
      started.end(body);
      const response = await answered;
      response.resume();
      return response.statusCode;
    },
  };
}
