import { describe, expect, test } from "@jest/globals";
import type { Repository } from "../../../src/core/model/repository.ts";
import type { PolicyRole } from "../../../src/core/planning/policy/policy.ts";
import type { JobFacts, RoleRequest, RunnerScope } from "../../../src/core/ports.ts";
import { jobFacts, repository } from "../../helpers/records.ts";
import { jobPayload } from "../../helpers/world/github.ts";
import type { World, WorldOptions } from "../../helpers/world/world.ts";
import { people, recordOf, strictWorld } from "./who.ts";

const group = 7;
/** Another repository of the same organisation, which the same installation covers. */
const shop: Repository = { ...repository, id: 73, name: "shop" };
const open = { total: undefined, executions: {}, repository: undefined };

function organizationWorld(options: WorldOptions = {}): World {
  return strictWorld({ ...options, settings: { organizationRunnerGroup: group, ...options.settings } });
}

async function queueAt(world: World, of: Repository, changes: Partial<JobFacts> = {}): Promise<JobFacts> {
  const job = world.github.addJob({ createdAtMs: world.clock.nowMs(), runId: 970, ...changes });
  world.github.elsewhere.set(job.id, of);
  await world.deliver("queued", job);
  return job;
}

/** A job of the shop takes the runner of a job of the usual repository: its own machine never comes up. */
async function swapped(world: World, changes: Partial<JobFacts> = {}, labels: readonly string[] = ["mayfly"]) {
  world.compute.disturb("drop", 1);
  const theirs = await queueAt(world, shop, { labels, ...changes });
  await world.work();
  const own = await world.queueJob({ labels });
  await world.run(3);
  const runner = `mayfly-${own.id}-1`;
  expect(world.github.jobs.get(theirs.id)).toMatchObject({ status: "in_progress", runnerName: `${runner}-1` });
  return { theirs, own, runner };
}

async function ask(world: World, runner: string, runId = 970) {
  const machine = world.compute.machines.find(({ request }) => request.runnerName === runner);
  return await world.app.onHost("/host/job", { runner, session: machine?.session, runId, attempt: 1 });
}

async function runnerOf(world: World, name: string) {
  const record = await world.store.runners.read(name);
  if (record === undefined) throw new Error(`no record of ${name}`);
  return record;
}

/** What every call on runners said of where they are. */
function watchScopes(world: World): (number | undefined)[] {
  const scopes: (number | undefined)[] = [];
  const port = world.github.port as {
    -readonly [Name in "mintJitConfig" | "findRunner" | "deleteRunner"]: World["github"]["port"][Name];
  };
  const { mintJitConfig, findRunner, deleteRunner } = port;
  const note = <Rest extends unknown[], Result>(call: (scope: RunnerScope, ...rest: Rest) => Result) => {
    return (scope: RunnerScope, ...rest: Rest): Result => {
      scopes.push(scope.organizationRunnerGroup);
      return call(scope, ...rest);
    };
  };
  port.mintJitConfig = note(mintJitConfig);
  port.findRunner = note(findRunner);
  port.deleteRunner = note(deleteRunner);
  return scopes;
}

describe("two repositories whose jobs swap runners", () => {
  test("the records meet, both jobs run, nothing more is launched and nothing is left", async () => {
    const world = organizationWorld({ pick: (count) => count - 1 });
    const scopes = watchScopes(world);
    const [own, theirs] = [await world.queueJob(), await queueAt(world, shop)];
    await world.run(4);
    expect(await runnerOf(world, `mayfly-${own.id}-1`)).toMatchObject({ state: "busy", jobId: theirs.id });
    expect(await runnerOf(world, `mayfly-${theirs.id}-1`)).toMatchObject({ state: "busy", jobId: own.id });
    await world.run(200);
    expect(await recordOf(world, own)).toMatchObject({ state: "completed", runnerName: `mayfly-${theirs.id}-1` });
    expect(await recordOf(world, theirs)).toMatchObject({ state: "completed", runnerName: `mayfly-${own.id}-1` });
    expect(world.compute.launches()).toBe(2);
    expect(world.github.runners.size).toBe(0);
    expect(await world.store.runners.list({ index: "open", key: "lambda" })).toEqual([]);
    expect(new Set(scopes)).toEqual(new Set([group]));
  });

  test("whoever lost its runner gets another; whose job found one elsewhere gets none in its place", async () => {
    const world = organizationWorld({ settings: { caps: { ...open, total: 10 } } });
    const { theirs, own, runner } = await swapped(world);
    await world.run(10);
    expect(await recordOf(world, own)).toMatchObject({ launches: 2 });
    await world.run(200);
    expect(await recordOf(world, own)).toMatchObject({ state: "completed", runnerName: `mayfly-${own.id}-2` });
    expect(await recordOf(world, theirs)).toMatchObject({ state: "completed", runnerName: runner, launches: 1 });
    expect(await runnerOf(world, `mayfly-${theirs.id}-1`)).toMatchObject({ state: "ended", jobId: undefined });
    expect(await world.store.slots.list("total")).toEqual([]);
  });

  test("slots stay where they were taken: the repository that launched the machine waits for it", async () => {
    const world = organizationWorld({ settings: { caps: { ...open, repository: 1 } }, jobSeconds: 30 });
    const { own, runner } = await swapped(world);
    await world.run(15);
    expect(await world.store.slots.list("repository:71")).toEqual([runner]);
    expect(await recordOf(world, own)).toMatchObject({ state: "waiting", reason: { scope: "repository:71" } });
    await world.run(300);
    expect(await recordOf(world, own)).toMatchObject({ state: "completed", runnerName: `mayfly-${own.id}-2` });
  });

  test("GitHub is asked at the job's repository what became of a job whose `completed` got lost", async () => {
    const world = organizationWorld({ forget: (action, { runId }) => action === "completed" && runId === 970 });
    const { theirs, runner } = await swapped(world);
    // Its host has ended, and the schedule has not looked yet.
    await world.run(35);
    expect(await recordOf(world, theirs)).toMatchObject({ state: "completed", conclusion: "success" });
    expect(await runnerOf(world, runner)).toMatchObject({ state: "ended" });
  });
});

describe("an event that bears the name of an organisation's runner", () => {
  const mine = (runner: { id: number; name: string }): Partial<JobFacts> => ({
    runnerName: runner.name,
    runnerId: runner.id,
    runnerGroupId: group,
  });

  test.each<[string, Repository, (runner: { id: number; name: string }) => Partial<JobFacts>]>([
    ["a repository's own runner, in another repository", shop, (one) => ({ ...mine(one), runnerId: one.id + 1 })],
    ["the same, with an id that is the same", shop, (one) => ({ ...mine(one), runnerGroupId: 1 })],
    ["a repository's own runner, in the runner's own", repository, (one) => ({ ...mine(one), runnerId: one.id + 1 })],
    ["a runner without an id", shop, ({ name }) => ({ runnerName: name })],
    ["another installation", { ...shop, installationId: 6 }, mine],
    ["another owner", { ...shop, owner: "mallory" }, mine],
  ])("changes nothing of it when it is of %s", async (_, of, facts) => {
    const world = organizationWorld();
    await world.queueJob();
    world.github.jobs.clear();
    await world.run(3);
    const [registered] = world.github.runners.values();
    if (registered === undefined) throw new Error("no runner");
    const name = registered.name.replace(/-\d+$/, "");
    const before = await runnerOf(world, name);
    expect(before).toMatchObject({ state: "idle", organizationRunnerGroup: group, githubRunnerId: registered.id });
    const job = jobFacts(77, { labels: ["gpu"], status: "in_progress", ...facts(registered) });
    await world.app.onWebhook({ id: "g", event: "workflow_job", payload: jobPayload("in_progress", job, of) });
    await world.work();
    expect(await runnerOf(world, name)).toEqual(before);
  });

  test("changes nothing of one that is not registered yet", async () => {
    const world = organizationWorld();
    world.compute.disturb("drop", 1);
    const job = await world.queueJob();
    await world.work();
    const name = `mayfly-${job.id}-1`;
    const before = await runnerOf(world, name);
    expect(before.githubRunnerId).toBeUndefined();
    const facts = jobFacts(77, { status: "in_progress", runnerName: `${name}-1`, runnerGroupId: group });
    await world.app.onWebhook({ id: "g", event: "workflow_job", payload: jobPayload("in_progress", facts, shop) });
    await world.work();
    expect(await runnerOf(world, name)).toEqual(before);
  });

  test("marks it as busy when it is GitHub's own: name, id and group", async () => {
    const world = organizationWorld({ jobSeconds: 1000 });
    const { theirs, runner } = await swapped(world);
    expect(await runnerOf(world, runner)).toMatchObject({ state: "busy", jobId: theirs.id });
  });
});

describe("a runner that was launched under the other setting", () => {
  const turn = (world: World, value: number | undefined): void => {
    (world.settings as { organizationRunnerGroup?: number | undefined }).organizationRunnerGroup = value;
  };

  test.each([
    [undefined, group],
    [group, undefined],
  ])("of %s is looked for where it is once the setting says %s", async (before, after) => {
    const world = organizationWorld();
    turn(world, before);
    const scopes = watchScopes(world);
    await world.queueJob();
    world.github.jobs.clear();
    await world.run(3);
    turn(world, after);
    await world.run(400);
    expect(world.github.runners.size).toBe(0);
    expect(scopes.length).toBeGreaterThan(1);
    expect(new Set(scopes)).toEqual(new Set([before]));
  });

  test("of its repository is never taken for that of another repository's job", async () => {
    const world = organizationWorld();
    turn(world, undefined);
    await world.queueJob();
    world.github.jobs.clear();
    await world.run(3);
    turn(world, group);
    const [registered] = world.github.runners.values();
    const { id: runnerId, name: runnerName = "" } = registered ?? {};
    const facts = jobFacts(77, { status: "in_progress", runnerId, runnerName, runnerGroupId: group });
    await world.app.onWebhook({ id: "g", event: "workflow_job", payload: jobPayload("in_progress", facts, shop) });
    await world.work();
    expect(await runnerOf(world, runnerName.replace(/-\d+$/, ""))).toMatchObject({ state: "idle", jobId: undefined });
  });
});

describe("POST /host/job of an organisation's runner", () => {
  const long = { jobSeconds: 100_000 };

  test("a job of another repository whose plan is such a machine is allowed", async () => {
    const world = organizationWorld(long);
    const { runner } = await swapped(world);
    expect(await ask(world, runner)).toEqual({ status: 200, body: { allowed: true } });
  });

  test("whose it is, is a question of its own run: a stranger's is refused and the runner's own job gets another", async () => {
    const world = organizationWorld(long);
    // Cancelling fails, so that its job stays in GitHub's queue and takes the runner.
    world.github.faults.plant({ operation: "cancel", kind: "forbidden", when: "before", times: 1 });
    world.github.people.runs.set(970, people.fork);
    const theirs = await queueAt(world, shop);
    await world.work();
    const own = await world.queueJob();
    await world.run(3);
    const runner = `mayfly-${own.id}-1`;
    expect(await runnerOf(world, runner)).toMatchObject({ state: "busy", jobId: theirs.id });
    expect(await ask(world, runner)).toMatchObject({
      status: 403,
      body: { allowed: false, reason: expect.stringContaining("MF-FORK") },
    });
    await world.compute.end(`${runner}-1`, world.app, { outcome: "refused-job", cause: "a job that may not run here" });
    await world.run(30);
    expect(await recordOf(world, own)).toMatchObject({ state: "running", runnerName: `mayfly-${own.id}-2` });
  });

  test("a public repository's job is refused, though the runner's own is private", async () => {
    const world = organizationWorld(long);
    world.github.faults.plant({ operation: "cancel", kind: "forbidden", when: "before", times: 1 });
    const theirs = await queueAt(world, { ...shop, private: false });
    await world.work();
    const own = await world.queueJob();
    await world.run(3);
    const answer = await ask(world, `mayfly-${own.id}-1`);
    expect(answer).toMatchObject({ status: 403, body: { reason: expect.stringContaining("MF-PUBLIC-REPOSITORY") } });
    expect(await recordOf(world, theirs)).toMatchObject({ reason: { code: "MF-PUBLIC-REPOSITORY" } });
  });

  test.each([
    ["execution: ec2", "it is on lambda, the job's plan is ec2"],
    ["execution: lambda\n    image: secret", "it has image the usual, the job's plan has secret"],
    ["execution: lambda\n    subnets: inner", "it has subnets the usual, the job's plan has inner"],
  ])("a job whose repository means another machine by that name is refused: %s", async (theirs, why) => {
    const world = organizationWorld(long);
    world.github.files.set(".github/runner.yml", "runners:\n  build:\n    execution: lambda\n");
    world.github.files.set("shop:.github/runner.yml", `runners:\n  build:\n    ${theirs}\n`);
    // Its own machine never comes up.
    if (!theirs.includes("ec2")) world.compute.disturb("drop", 1);
    world.ec2.faults.plant({ operation: "RunInstances", kind: "capacity", when: "before", times: 100 });
    const job = await queueAt(world, shop, { labels: ["mayfly/build"] });
    await world.work();
    const own = await world.queueJob({ labels: ["mayfly/build"] });
    await world.run(3);
    const runner = `mayfly-${own.id}-1`;
    const refusal = `mayfly-${own.id}-1 was launched for octo/demo: ${why}`;
    expect(await ask(world, runner)).toEqual({
      status: 403,
      body: { allowed: false, reason: `MF-OTHER-REPOSITORY: ${refusal}` },
    });
    expect(await recordOf(world, job)).toMatchObject({
      state: "refused",
      reason: { code: "MF-OTHER-REPOSITORY", detail: refusal },
    });
    await world.run(20);
    expect((await recordOf(world, own)).launches).toBe(2);
  });

  test("a job that asks for no runner of ours is refused in another repository, and runs in the runner's own", async () => {
    const labels = ["self-hosted", "mayfly/lambda"];
    const refused = organizationWorld(long);
    const theirs = refused.github.addJob({ labels: ["self-hosted"], runId: 970 });
    refused.github.elsewhere.set(theirs.id, shop);
    const first = await refused.queueJob({ labels });
    await refused.run(3);
    expect(await ask(refused, `mayfly-${first.id}-1`)).toMatchObject({
      status: 403,
      body: { reason: expect.stringContaining("the job asks for no runner of Mayfly") },
    });
    const allowed = organizationWorld(long);
    allowed.github.addJob({ labels: ["self-hosted"], runId: 970 });
    const second = await allowed.queueJob({ labels });
    await allowed.run(3);
    expect(await ask(allowed, `mayfly-${second.id}-1`)).toEqual({ status: 200, body: { allowed: true } });
  });

  test("nobody knows before the `in_progress` of another repository's job: asked again, and no other repository is searched", async () => {
    let kept = true;
    const world = organizationWorld({ ...long, drop: (action) => action === "in_progress" && kept });
    const { theirs, runner } = await swapped(world);
    expect(await ask(world, runner)).toEqual({ status: 503, retryAfterSeconds: 3 });
    expect(world.github.faults.calls["list-jobs"]).toBe(1);
    kept = false;
    await world.deliver("in_progress", world.github.jobs.get(theirs.id) ?? theirs);
    await world.work();
    expect(await ask(world, runner)).toEqual({ status: 200, body: { allowed: true } });
  });

  test("a job of the runner's own repository is found in GitHub's list, told by the runner's id", async () => {
    const world = organizationWorld({ ...long, drop: (action) => action === "in_progress" });
    const own = await world.queueJob();
    await world.run(3);
    const runner = `mayfly-${own.id}-1`;
    const facts = world.github.jobs.get(own.id) ?? own;
    world.github.jobs.set(own.id, { ...facts, runnerId: 1 });
    expect(await ask(world, runner, 900)).toEqual({ status: 503, retryAfterSeconds: 3 });
    world.github.jobs.set(own.id, facts);
    expect(await ask(world, runner, 900)).toEqual({ status: 200, body: { allowed: true } });
  });

  test("GitHub, when it fails, is asked again; a run that it does not know is nobody's", async () => {
    const world = organizationWorld({ ...long, drop: (action) => action === "in_progress" });
    const { runner } = await swapped(world);
    world.github.faults.plant({ operation: "list-jobs", kind: "unavailable", when: "before", times: 1 });
    expect((await ask(world, runner)).status).toBe(503);
    expect(world.logged.filter((line) => line.startsWith("host request failed"))).toHaveLength(1);
    expect((await ask(world, runner)).status).toBe(503);
    expect(world.logged.filter((line) => line.startsWith("host request failed"))).toHaveLength(1);
  });

  test("its hook always has to ask, also where every run of the runner's own repository is allowed", async () => {
    const world = organizationWorld({ policy: { forkPullRequests: "allow", publicRepositories: "allow" } });
    const answers: unknown[] = [];
    const onHost = world.app.onHost.bind(world.app);
    (world.app as { onHost: typeof onHost }).onHost = async (path, body) => {
      const answer = await onHost(path, body);
      if (path === "/host/claim") answers.push(answer.body?.["askBeforeJob"]);
      return answer;
    };
    await world.queueJob();
    await world.run(3);
    expect(answers).toEqual([true]);
  });
});

describe("credentials of a role on an organisation's runner", () => {
  const role = (repositories: string[]): PolicyRole => ({
    arn: "arn:aws:iam::123456789012:role/deploy",
    repositories,
    branches: ["main"],
    events: ["push"],
    minutes: 30,
  });

  async function shipping(repositories: string[], labels: readonly string[] = ["mayfly/ship"]) {
    const asked: RoleRequest[] = [];
    const world = organizationWorld({
      jobSeconds: 100_000,
      roles: {
        assume: async (request) => {
          asked.push(request);
          return { accessKeyId: "ASIA1", secretAccessKey: "secret", sessionToken: "token", expiresAtMs: 1 };
        },
      },
      policy: { roles: new Map([["deploy", role(repositories)]]) },
    });
    const file = "runners:\n  ship:\n    execution: lambda\n    role: deploy\n";
    world.github.files.set(".github/runner.yml", file);
    const { theirs, runner } = await swapped(world, {}, labels);
    return { asked, theirs, answer: await ask(world, runner) };
  }

  test("follow from the job's repository, which the session's tags name", async () => {
    const { asked, theirs, answer } = await shipping(["octo/shop"]);
    expect(answer).toMatchObject({ status: 200, body: { role: { name: "deploy", accessKeyId: "ASIA1" } } });
    expect(asked[0]?.tags).toEqual({
      "mayfly:repository": "octo/shop",
      "mayfly:run": "970",
      "mayfly:job": String(theirs.id),
    });
  });

  test("are not given to it because the runner's own repository may have them", async () => {
    const { asked, answer } = await shipping(["octo/demo"]);
    expect(answer).toMatchObject({
      status: 200,
      body: { allowed: true, role: { denied: "the operator's policy does not give it to octo/shop" } },
    });
    expect(asked).toEqual([]);
  });
});

describe("planning", () => {
  test("the account of a person has no organisation's runners: refused with the reason, nothing launched", async () => {
    const world = organizationWorld();
    const job = await queueAt(world, { ...repository, ownedByOrganization: false });
    await world.run(3);
    expect(await recordOf(world, job)).toMatchObject({
      state: "refused",
      reason: { code: "MF-ORGANIZATION", detail: "octo is the account of a person" },
    });
    expect(world.compute.launches()).toBe(0);
  });

  test.each([
    ["an organisation", true, group],
    ["nobody knows who", undefined, group],
    ["a person, where runners are the repository's", false, undefined],
  ])("a repository of %s is served", async (_, ownedByOrganization, organizationRunnerGroup) => {
    const world = organizationWorld({ settings: { organizationRunnerGroup } });
    const job = await queueAt(world, { ...repository, ownedByOrganization });
    await world.run(30);
    expect((await recordOf(world, job)).state).toBe("completed");
  });

  test("`auto` takes EC2, for jobs that nobody has looked at may take the runner, and reads no workflows", async () => {
    const world = organizationWorld({ policy: { defaults: { "instance-types": ["c7i.large"] } } });
    const job = await world.queueJob();
    await world.work();
    const { plan } = await recordOf(world, job);
    expect(plan).toMatchObject({ execution: "ec2", auto: true });
    expect(plan?.reasons[0]).toBe("EC2: its runner is the organisation's, and jobs of other repositories may take it");
    expect(world.github.faults.calls["list-files"]).toBeUndefined();
  });

  test("runners that stand idle: the group may be closed to the repository, and its author reads so", async () => {
    const world = organizationWorld();
    const job = await world.queueJob();
    // GitHub gives it to no runner: the group does not take jobs of this repository.
    world.github.jobs.set(job.id, { ...job, labels: ["nobody-has-it"] });
    await world.run(400);
    expect((await recordOf(world, job)).reason).toMatchObject({
      code: "MF-HELD-BY-GITHUB",
      detail: expect.stringContaining("or runner group 7 is not open to this repository"),
    });
  });
});
