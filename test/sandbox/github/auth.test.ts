import { generateKeyPairSync } from "node:crypto";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { startRig, type Rig, textOf } from "./rig.ts";

const HOUR_MS = 3_600_000;
let rig: Rig;
let installation: number;

beforeAll(async () => {
  rig = await startRig();
  await rig.push({ "README.md": "hello" });
  await rig.push({ "README.md": "other" }, { name: "other" });
  installation = rig.installationId;
});
afterAll(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

describe("the App's JWT", () => {
  const now = () => Math.floor(Date.now() / 1000);
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const otherKey = other.privateKey.export({ type: "pkcs8", format: "pem" }).toString();

  test.each([
    ["is taken", () => ({}), 200, ""],
    ["with its id as text", () => ({ iss: "4711" }), 200, ""],
    ["of another key", () => ({ key: otherKey }), 401, "could not be decoded"],
    ["expired", () => ({ iat: now() - 400, exp: now() - 1 }), 401, "'exp'"],
    ["living too long", () => ({ exp: now() + 700 }), 401, "too far in the future"],
    ["from the future", () => ({ iat: now() + 120 }), 401, "'iat'"],
    ["of another App", () => ({ iss: 99 }), 404, "Integration not found"],
  ])("%s", async (_name, claims, status, message) => {
    const reply = await rig.call("GET", "/app", await rig.jwt(claims()));
    expect(reply.status).toBe(status);
    if (message !== "") expect(reply.json?.message).toContain(message);
  });

  test("is nothing at a repository, as an installation token is nothing at the App", async () => {
    const asApp = await rig.call("GET", "/repos/octo/repo/contents/README.md", await rig.jwt());
    expect(asApp.status).toBe(401);
    const asToken = await rig.call("GET", "/app", await rig.token());
    expect(asToken.status).toBe(401);
    const asNobody = await fetch(`${rig.github.url}/app`);
    expect(asNobody.status).toBe(401);
  });
});

describe("an installation token", () => {
  const create = async (body: object) =>
    rig.call("POST", `/app/installations/${installation}/access_tokens`, await rig.jwt(), body);

  test("has the new form: long, the App's id, two dots", async () => {
    const token = await rig.token();
    expect(token).toMatch(/^ghs_4711_[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(token.length).toBeGreaterThan(450);
  });

  test("is narrowed to permissions, which the refusal names", async () => {
    const token = await rig.token({ permissions: { checks: "write" } });
    const reply = await rig.call("GET", "/repos/octo/repo/actions/runners", token);
    expect([reply.status, reply.json?.message]).toEqual([403, "Resource not accessible by integration"]);
    expect(reply.headers.get("x-accepted-github-permissions")).toBe("administration=read");
  });

  test("with read cannot write", async () => {
    const token = await rig.token({ permissions: { checks: "read" } });
    const body = { name: "x", head_sha: "0".repeat(40) };
    expect((await rig.call("POST", "/repos/octo/repo/check-runs", token, body)).status).toBe(403);
  });

  test.each([
    ["more than granted", { permissions: { contents: "write" } }],
    ["what was not granted", { permissions: { issues: "read" } }],
    ["a repository that is not there", { repositories: ["nowhere"] }],
    ["a repository id that is not there", { repository_ids: [1] }],
  ])("is refused for %s", async (_name, body) => {
    expect((await create(body)).status).toBe(422);
  });

  test("of an installation that is not there is a 404", async () => {
    expect((await rig.call("POST", "/app/installations/1/access_tokens", await rig.jwt(), {})).status).toBe(404);
  });

  test("does not see other repositories than its own", async () => {
    const made = await create({ repositories: ["repo"] });
    expect(made.json?.repository_selection).toBe("selected");
    const token = textOf(made.json?.token);
    expect((await rig.call("GET", "/repos/octo/repo/contents/README.md", token)).status).toBe(200);
    expect((await rig.call("GET", "/repos/octo/other/contents/README.md", token)).status).toBe(404);
    expect((await rig.call("GET", "/repos/octo/none/contents/README.md", token)).status).toBe(404);
  });

  test("ends after an hour, and one that was never given is a 401", async () => {
    const token = await rig.token();
    rig.clock.aheadMs += HOUR_MS + 1;
    expect((await rig.call("GET", "/rate_limit", token)).status).toBe(401);
    rig.clock.aheadMs = 0;
    expect((await rig.call("GET", "/rate_limit", "ghs_1_a.b.c")).status).toBe(401);
  });
});

test("the App and its installation are shown", async () => {
  expect((await rig.call("GET", "/app", await rig.jwt())).json).toMatchObject({ id: 4711, slug: "mayfly" });
  const shown = await rig.call("GET", `/app/installations/${installation}`, await rig.jwt());
  expect(shown.json).toMatchObject({ id: installation, app_id: 4711, repository_selection: "all" });
  expect((await rig.call("GET", "/app/installations/1", await rig.jwt())).status).toBe(404);
});

test("rate-limit headers count, registrations have a bucket of their own", async () => {
  const token = await rig.token();
  const [first, second] = [await content(token), await content(token)];
  const remaining = (reply: typeof first) => Number(reply.headers.get("x-ratelimit-remaining"));
  expect(remaining(second)).toBe(remaining(first) - 1);
  const body = { name: "bucket", runner_group_id: 1, labels: ["a"] };
  const mint = await rig.call("POST", "/repos/octo/repo/actions/runners/generate-jitconfig", token, body);
  expect(mint.headers.get("x-ratelimit-resource")).toBe("actions_runner_registration");
  const rates = await rig.call("GET", "/rate_limit", token);
  expect(rates.json?.resources?.core?.remaining).toBe(remaining(second));
  expect(rates.json?.resources?.actions_runner_registration?.used).toBe(1);
});

test("contents: base64, raw, directory, by branch and commit, absent", async () => {
  const { sha } = await rig.push({ "a/b.txt": "grüße", "a/c.txt": "c" }, { name: "files" });
  await rig.push({ "a/b.txt": "newer" }, { name: "files" });
  const token = await rig.token();
  const get = (path: string, accept?: string) =>
    rig.call("GET", `/repos/octo/files/contents/${path}`, token, undefined, accept);
  const json = await get(`a/b.txt?ref=${sha}`);
  expect(Buffer.from(textOf(json.json?.content), "base64").toString()).toBe("grüße");
  expect((await get("a%2Fb.txt?ref=main", "application/vnd.github.raw+json")).text).toBe("newer");
  expect(JSON.parse((await get(`a?ref=${sha}`)).text)).toHaveLength(2);
  expect((await get("none.txt")).status).toBe(404);
  expect((await get("a/b.txt?ref=nowhere")).status).toBe(404);
});

test("no name of a file or a branch breaks an address, or ends it early", async () => {
  const path = `a?b#c/'"$( <é>%2F.txt`;
  await rig.push({ [path]: "x", "d/half \ud800.txt": "y" }, { name: "names" });
  const token = await rig.token();
  const get = (url: string) => rig.call("GET", url, token);
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  const { json } = await get(`/repos/octo/names/contents/${encoded}?ref=main`);
  expect(json).toMatchObject({
    path,
    html_url: `https://github.com/octo/names/blob/main/${encoded}`,
    download_url: `https://raw.githubusercontent.com/octo/names/main/${encoded}`,
  });
  const self = await get(textOf(json?.url).slice(rig.github.url.length));
  expect(self.json).toMatchObject({ path });
  expect(JSON.parse((await get("/repos/octo/names/contents/d")).text)).toHaveLength(1);
});

function content(token: string) {
  return rig.call("GET", "/repos/octo/repo/contents/README.md", token);
}
