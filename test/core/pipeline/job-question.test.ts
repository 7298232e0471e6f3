import { describe, expect, test } from "@jest/globals";
import type { World } from "../../helpers/world/world.ts";
import type { RoleCredentials, RoleRequest } from "../../../src/core/ports.ts";
import type { PolicyRole } from "../../../src/core/planning/policy/policy.ts";
import { CallError } from "../../../src/core/errors/call-error.ts";
import { people, queueFor, recordOf, strictWorld } from "./who.ts";

/** What the hook of a machine that has got a job asks, with changes. */
async function ask(world: World, runner: string, changes: Record<string, unknown> = {}) {
  const machine = world.compute.machines.find(({ request }) => request.runnerName === runner);
  const body = { runner, session: machine?.session, runId: 900, attempt: 1, ...changes };
  return await world.app.onHost("/host/job", body);
}

/** A stranger's job is refused, waits at GitHub, and takes the runner that was launched for another one. */
async function swapped(world: World) {
  world.github.faults.plant({ operation: "cancel", kind: "forbidden", when: "before", times: 1 });
  const stranger = await queueFor(world, people.fork);
  await world.work();
  const own = await world.queueJob();
  await world.run(2);
  const runner = `mayfly-${own.id}-1`;
  expect(world.github.jobs.get(stranger.id)).toMatchObject({ status: "in_progress", runnerName: `${runner}-1` });
  return { stranger, own, runner };
}

describe("POST /host/job", () => {
  test("a job that may run here is allowed", async () => {
    const world = strictWorld();
    const job = await world.queueJob();
    await world.run(3);
    expect(await ask(world, `mayfly-${job.id}-1`)).toEqual({ status: 200, body: { allowed: true } });
  });

  test("a stranger's job that took another's runner is refused; whoever it was launched for gets another one", async () => {
    const world = strictWorld({ jobSeconds: 100_000 });
    const { stranger, own, runner } = await swapped(world);
    expect(await ask(world, runner, { runId: 950 })).toEqual({
      status: 403,
      body: { allowed: false, reason: expect.stringContaining("MF-FORK") },
    });
    expect(await recordOf(world, stranger)).toMatchObject({ state: "refused", reason: { code: "MF-FORK" } });
    const ended = { outcome: "refused-job", cause: "a job that may not run here" };
    await world.compute.end(`${runner}-1`, world.app, ended);
    await world.run(30);
    expect(await world.store.runners.read(runner)).toMatchObject({ state: "ended" });
    // at once: a runner that a refused job took makes nobody back off
    expect(world.compute.machines.map(({ request }) => request.runnerName)).toContain(`mayfly-${own.id}-2`);
    expect((await recordOf(world, own)).state).toBe("running");
  });

  test("nothing is decided by what the machine says: another run's number changes nothing", async () => {
    const world = strictWorld({ jobSeconds: 100_000 });
    const { runner } = await swapped(world);
    expect((await ask(world, runner, { runId: 900 })).status).toBe(403);
  });

  test("asked before the `in_progress` came: GitHub's list tells which job it is", async () => {
    const world = strictWorld({ jobSeconds: 100_000, drop: (action) => action === "in_progress" });
    const { stranger, runner } = await swapped(world);
    expect((await world.store.runners.read(runner))?.jobId).toBeUndefined();
    expect((await ask(world, runner, { runId: 950 })).status).toBe(403);
    expect((await world.store.runners.read(runner))?.jobId).toBe(stranger.id);
  });

  test("GitHub does not show the job yet, or does not answer: ask again", async () => {
    const world = strictWorld({ jobSeconds: 100_000, drop: (action) => action === "in_progress" });
    const { runner } = await swapped(world);
    expect(await ask(world, runner, { runId: 900 })).toMatchObject({ status: 503, retryAfterSeconds: 3 });
    world.github.faults.plant({ operation: "list-jobs", kind: "unavailable", when: "before", times: 1 });
    expect((await ask(world, runner, { runId: 950 })).status).toBe(503);
  });

  test("a wrong session, another runner's session, and a body without a run are turned away", async () => {
    const world = strictWorld();
    const [first, second] = [await world.queueJob(), await world.queueJob()];
    await world.run(3);
    const [one, other] = [`mayfly-${first.id}-1`, `mayfly-${second.id}-1`];
    expect((await ask(world, one, { session: "wrong" })).status).toBe(401);
    const foreign = world.compute.machines.find(({ request }) => request.runnerName === other)?.session;
    expect((await ask(world, one, { session: foreign })).status).toBe(401);
    expect((await ask(world, one, { runId: "900" })).status).toBe(400);
    expect((await ask(world, one, { attempt: 0 })).status).toBe(400);
  });

  test("a job that the policy allows by now runs after all", async () => {
    const world = strictWorld({ jobSeconds: 100_000 });
    const { stranger, runner } = await swapped(world);
    world.policy.now = { ...world.policy.now, forkPullRequests: "allow" };
    expect((await ask(world, runner, { runId: 950 })).status).toBe(200);
    expect((await recordOf(world, stranger)).state).toBe("running");
  });

  test.each([
    ["deny", true],
    ["allow", false],
  ] as const)("with forks %s, the claim's answer says whether the hook has to ask: %s", async (rule, asks) => {
    const world = strictWorld({ policy: { forkPullRequests: rule } });
    const answers: unknown[] = [];
    const onHost = world.app.onHost.bind(world.app);
    const app = world.app as { onHost: typeof onHost };
    app.onHost = async (path, body) => {
      const answer = await onHost(path, body);
      if (path === "/host/claim") answers.push(answer.body?.["askBeforeJob"]);
      return answer;
    };
    await world.queueJob();
    await world.run(3);
    expect(answers).toEqual([asks]);
  });
});

describe("credentials of a role", () => {
  const role: PolicyRole = {
    arn: "arn:aws:iam::123456789012:role/deploy",
    repositories: ["octo/*"],
    branches: ["main", "release/*"],
    events: ["push"],
    minutes: 30,
  };
  const config = "runners:\n  ship:\n    execution: lambda\n    role: deploy\n";

  async function deploying(
    options: { role?: Partial<PolicyRole>; branch?: string; event?: string; refuse?: boolean } = {},
  ) {
    const asked: RoleRequest[] = [];
    const roles: RoleCredentials = {
      assume: async (request) => {
        asked.push(request);
        if (options.refuse === true) {
          throw new CallError({ service: "sts", operation: "AssumeRole", kind: "forbidden", message: "no" });
        }
        return { accessKeyId: "ASIA1", secretAccessKey: "secret-key", sessionToken: "secret-token", expiresAtMs: 1 };
      },
    };
    const world = strictWorld({
      jobSeconds: 100_000,
      roles,
      policy: { roles: new Map([["deploy", { ...role, ...options.role }]]) },
    });
    world.github.files.set(".github/runner.yml", config);
    world.github.people.runs.set(900, { headBranch: options.branch ?? "main", event: options.event ?? "push" });
    const job = await world.queueJob({ labels: ["mayfly/ship"] });
    await world.run(3);
    return { world, asked, job, answer: await ask(world, `mayfly-${job.id}-1`) };
  }

  test("are given to the job that runs, with its repository, run and job as session tags", async () => {
    const { answer, asked, job, world } = await deploying();
    expect(answer).toMatchObject({
      status: 200,
      body: { allowed: true, role: { name: "deploy", region: "eu-central-1", accessKeyId: "ASIA1" } },
    });
    expect(asked).toEqual([
      {
        roleArn: role.arn,
        sessionName: `mayfly-900-${job.id}`,
        tags: { "mayfly:repository": "octo/demo", "mayfly:run": "900", "mayfly:job": String(job.id) },
        seconds: 1800,
      },
    ]);
    expect(world.logged.join("\n")).not.toContain("secret-");
  });

  test.each([
    ["another branch", { branch: "feature" }, "the branch feature"],
    ["another event", { event: "pull_request" }, "runs of pull_request"],
    ["another repository", { role: { repositories: ["octo/other"] } }, "octo/demo"],
    ["AWS, which does not let Mayfly", { refuse: true }, "AWS does not let Mayfly assume it"],
  ])("are not given to %s, and the job's log says why", async (_, options, why) => {
    const { answer } = await deploying(options);
    expect(answer).toMatchObject({
      status: 200,
      body: { allowed: true, role: { name: "deploy", denied: expect.stringContaining(why) } },
    });
  });

  test("are not given to a job of another label set that took the runner", async () => {
    const { world, asked, job } = await deploying();
    const other = await world.queueJob({ labels: ["self-hosted"], runId: 901 });
    const record = await recordOf(world, job);
    await world.store.jobs.write({ ...record, id: other.id, version: 1, pool: "other", runnerName: undefined });
    const runner = await world.store.runners.read(`mayfly-${job.id}-1`);
    if (runner === undefined) throw new Error("no runner");
    await world.store.runners.write({ ...runner, version: runner.version + 1, jobId: other.id });
    const answer = await ask(world, runner.name);
    expect(answer.body).toMatchObject({ role: { denied: expect.stringContaining("not those of its runner") } });
    expect(asked).toHaveLength(1);
  });
});
