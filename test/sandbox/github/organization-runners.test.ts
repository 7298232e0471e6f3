import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { githubApp } from "../../../src/adapters/github/github-app.ts";
import type { Repository } from "../../../src/core/model/repository.ts";
import { APP_ID, PERMISSIONS, PRIVATE_KEY, startRig, textOf, until, type Reply, type Rig } from "./rig.ts";
import { scripted, scriptedRunner, type ScriptedRunner } from "./scripted-runner.ts";

const RUNNERS = "/orgs/acme/actions/runners";
const WRITE = { organization_self_hosted_runners: "write" };
const workflow = (name: string, runsOn = "mayfly"): Record<string, string> => ({
  ".github/workflows/ci.yml": `on: push\njobs:\n  ${name}:\n    runs-on: ${runsOn}\n    steps: [{ run: 'true' }]\n`,
});

let rig: Rig;
let installation: number;
let token: string;
let named = 0;

beforeAll(async () => {
  rig = await startRig({ pick: () => 0 });
  const runnerGroups = [
    { id: 4, name: "fast" },
    { id: 5, name: "payments", repositories: ["bank"] },
    { id: 6, name: "everybody", allowsPublicRepositories: true },
  ];
  rig.github.addOrganization({ login: "Acme", runnerGroups });
  installation = rig.github.addInstallation({ account: "acme", permissions: { ...PERMISSIONS, ...WRITE } }).id;
  for (const name of ["shop", "bank"]) await rig.push({ "README.md": "" }, { owner: "acme", name });
  await rig.push({ "README.md": "" }, { owner: "acme", name: "open", private: false });
  await rig.push({ "README.md": "" }, { owner: "octo", name: "shop" });
  token = await tokenOf({ permissions: WRITE });
});
afterAll(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});
beforeEach(() => {
  named += 1;
});

async function makeToken(narrow: object, of = installation): Promise<Reply> {
  return await rig.call("POST", `/app/installations/${of}/access_tokens`, await rig.jwt(), narrow);
}

async function tokenOf(narrow: object): Promise<string> {
  return textOf((await makeToken(narrow)).json?.token);
}

async function mint(name: string, group: number, labels = ["mayfly"], credential = token): Promise<Reply> {
  return await rig.call("POST", `${RUNNERS}/generate-jitconfig`, credential, { name, runner_group_id: group, labels });
}

async function runnerIn(group: number, labels?: string[]): Promise<ScriptedRunner> {
  const name = `runner-${named}-${group}`;
  return scripted(name, await mint(name, group, labels));
}

/** Pushes a job, and gives the runner that takes it, if any of these does. */
async function takerOf(owner: string, name: string, runners: ScriptedRunner[], runsOn?: string) {
  for (const runner of runners) await runner.session();
  const isPrivate = name !== "open";
  await rig.push(workflow(`job-${named}`, runsOn), { owner, name, private: isPrivate });
  const job = await until("the job", () => rig.github.jobs().find((one) => one.name === `job-${named}`));
  const polls = await Promise.all(runners.map(async (runner) => ({ runner, ...(await runner.poll(0.3)) })));
  const taken = polls.find(({ message }) => message !== undefined);
  if (taken?.message !== undefined) await taken.runner.run(taken.message);
  else rig.github.cancelJob(job.id);
  for (const { id } of runners) await rig.call("DELETE", `${RUNNERS}/${id}`, token);
  return taken?.runner.name;
}

describe("registrations", () => {
  test("are in a group of the organisation and in no repository's list", async () => {
    const runner = await runnerIn(4, ["mayfly", "Big"]);
    const read = await rig.call("GET", `${RUNNERS}/${runner.id}`, token);
    expect(read.json).toMatchObject({ name: runner.name, runner_group_id: 4, status: "offline", busy: false });
    const found = await rig.call("GET", `${RUNNERS}?name=${runner.name}`, token);
    expect(found.json).toMatchObject({ total_count: 1, runners: [{ id: runner.id }] });
    const narrow = { repositories: ["shop"], permissions: { administration: "write" } };
    const repositorys = await rig.call("GET", "/repos/acme/shop/actions/runners", await tokenOf(narrow));
    expect(repositorys.json).toMatchObject({ total_count: 0 });
    expect((await rig.call("DELETE", `${RUNNERS}/${runner.id}`, token)).status).toBe(204);
    expect((await rig.call("DELETE", `${RUNNERS}/${runner.id}`, token)).status).toBe(404);
  });

  test("a name exists once in the organisation, and once more in each repository", async () => {
    const runner = await runnerIn(4);
    expect((await mint(runner.name.toUpperCase(), 1)).status).toBe(409);
    const path = "/repos/acme/shop/actions/runners/generate-jitconfig";
    const body = { name: runner.name, runner_group_id: 1, labels: ["x"] };
    const own = await tokenOf({ permissions: { administration: "write" } });
    expect((await rig.call("POST", path, own, body)).status).toBe(201);
    expect((await rig.call("DELETE", `${RUNNERS}/${runner.id}`, token)).status).toBe(204);
  });

  test("the JIT config names organisation and group", async () => {
    const reply = await mint(`blob-${named}`, 4);
    const files = JSON.parse(Buffer.from(textOf(reply.json?.encoded_jit_config), "base64").toString()) as object;
    const [settings] = Object.values(files).map((text: string) => JSON.parse(Buffer.from(text, "base64").toString()));
    expect(settings).toMatchObject({ GitHubUrl: "https://github.com/Acme", PoolId: "4", PoolName: "fast" });
  });

  test("in a group that is not there are refused", async () => {
    expect((await mint(`lost-${named}`, 99)).status).toBe(422);
  });
});

describe("who may", () => {
  test("a token of one repository has the organisation's permission all the same", async () => {
    const { id } = (await rig.push({ "README.md": "1" }, { owner: "acme", name: "shop" })).repository;
    const narrow = await tokenOf({ repository_ids: [id], permissions: WRITE });
    expect((await mint(`narrow-${named}`, 4, ["a"], narrow)).status).toBe(201);
    expect((await rig.call("GET", "/repos/acme/bank/contents/README.md", narrow)).status).toBe(404);
    expect((await rig.call("GET", "/repos/acme/shop/contents/README.md", narrow)).status).toBe(403);
  });

  test("nobody without the permission, and the refusal names it", async () => {
    const other = await tokenOf({ permissions: { administration: "write" } });
    const reply = await mint(`denied-${named}`, 4, ["a"], other);
    expect([reply.status, reply.headers.get("x-accepted-github-permissions")]).toEqual([
      403,
      "organization_self_hosted_runners=write",
    ]);
    const read = await tokenOf({ permissions: { organization_self_hosted_runners: "read" } });
    expect((await mint(`denied-${named}`, 4, ["a"], read)).status).toBe(403);
    expect((await rig.call("GET", RUNNERS, read)).status).toBe(200);
  });

  test("another organisation's installation sees nothing of it", async () => {
    rig.github.addOrganization({ login: "globex" });
    const permissions = { ...PERMISSIONS, ...WRITE };
    const { id } = rig.github.addInstallation({ account: "globex", permissions });
    const theirs = textOf((await makeToken({ permissions: WRITE }, id)).json?.token);
    expect((await rig.call("GET", RUNNERS, theirs)).status).toBe(404);
    expect((await rig.call("GET", "/orgs/globex/actions/runners", theirs)).status).toBe(200);
  });

  test("a person's account is no organisation, and nobody can grant the permission for it", async () => {
    const { id } = rig.github.addInstallation({ account: "ann", permissions: { ...PERMISSIONS, ...WRITE } });
    expect((await makeToken({ permissions: WRITE }, id)).status).toBe(422);
    const theirs = textOf((await makeToken({}, id)).json?.token);
    expect((await rig.call("GET", "/orgs/ann/actions/runners", theirs)).status).toBe(404);
  });

  test("whose account it is stands in installations and webhooks", async () => {
    const shown = await rig.call("GET", `/app/installations/${installation}`, await rig.jwt());
    expect(shown.json).toMatchObject({ target_type: "Organization", account: { type: "Organization" } });
    const seen = await until("a delivery", () =>
      rig.received.find(({ payload }) => payload["repository"] !== undefined && payload["sender"] !== undefined),
    );
    expect(seen.payload["repository"]).toMatchObject({ owner: { login: "acme", type: "Organization" } });
  });
});

describe("jobs", () => {
  test("of every private repository of the organisation are given to its runners", async () => {
    const runner = await runnerIn(4);
    expect(await takerOf("acme", "bank", [runner])).toBe(runner.name);
    const job = rig.github.jobs().find(({ name }) => name === `job-${named}`);
    expect(job).toMatchObject({ runnerId: runner.id, runnerGroupId: 4, runnerGroupName: "fast" });
    const started = rig.received.find(
      ({ payload }) => payload.action === "in_progress" && payload.workflow_job?.["name"] === `job-${named}`,
    );
    expect(started?.payload.workflow_job).toMatchObject({
      runner_id: runner.id,
      runner_name: runner.name,
      runner_group_id: 4,
      runner_group_name: "fast",
    });
  });

  test.each([
    ["a public repository", "acme", "open", 4, false],
    ["a public repository, where the group allows them", "acme", "open", 6, true],
    ["a repository that the group is closed to", "acme", "shop", 5, false],
    ["one that it is open to", "acme", "bank", 5, true],
    ["another owner's repository of the same name", "octo", "shop", 4, false],
  ])("of %s: %s/%s in group %i: %s", async (_, owner, name, group, taken) => {
    const runner = await runnerIn(group);
    expect(await takerOf(owner, name, [runner])).toBe(taken ? runner.name : undefined);
  });

  test("that name a group get a runner of it", async () => {
    const runners = [await runnerIn(4), await runnerIn(6)];
    expect(await takerOf("acme", "shop", runners, "{ group: everybody, labels: mayfly }")).toBe(`runner-${named}-6`);
  });

  test("of a repository are given to its own runners as well", async () => {
    const own = await scriptedRunner(rig, `own-${named}`, ["mayfly"], "shop");
    expect(await takerOf("octo", "shop", [own])).toBe(own.name);
  });

  test("a busy runner is not deleted", async () => {
    const runner = await runnerIn(4);
    await runner.session();
    await rig.push(workflow(`job-${named}`), { owner: "acme", name: "shop" });
    const { message } = await runner.poll(2);
    expect((await rig.call("DELETE", `${RUNNERS}/${runner.id}`, token)).status).toBe(422);
    if (message !== undefined) await runner.run(message);
    expect((await rig.call("GET", `${RUNNERS}/${runner.id}`, token)).status).toBe(404);
  });
});

test("Mayfly's adapter registers, finds and deletes one, by a token of one repository and one permission", async () => {
  const nothing = (): void => {};
  const github = githubApp({
    appId: APP_ID,
    privateKey: PRIVATE_KEY,
    baseUrl: rig.github.url,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    clock: { nowMs: () => Date.now() },
  });
  const { repository: pushed } = await rig.push({ "README.md": "2" }, { owner: "acme", name: "shop" });
  const { id, owner, name } = pushed;
  const repository: Repository = { id, owner, name, installationId: installation, private: true };
  const scope = { repository, organizationRunnerGroup: 4 };
  const minted = await github.mintJitConfig(scope, { name: "mayfly-1-1-1", labels: ["mayfly"] });
  await expect(github.mintJitConfig(scope, { name: "mayfly-1-1-1", labels: ["mayfly"] })).rejects.toMatchObject({
    facts: { kind: "conflict" },
  });
  const found = await github.findRunner(scope, "mayfly-1-1-1");
  expect(found).toEqual({ id: minted.runnerId, name: "mayfly-1-1-1", status: "offline", busy: false });
  expect(await github.findRunner({ repository }, "mayfly-1-1-1")).toBeUndefined();
  expect(await github.deleteRunner(scope, minted.runnerId)).toBe("deleted");
  expect(await github.deleteRunner(scope, minted.runnerId)).toBe("absent");
  const none = { repository: { ...repository, owner: "nobody" }, organizationRunnerGroup: 4 };
  await expect(github.mintJitConfig(none, { name: "x", labels: ["a"] })).rejects.toMatchObject({
    facts: { kind: "not-found", message: expect.stringContaining("is nobody an organisation") },
  });
});
