import { describe, expect, test } from "@jest/globals";
import type { PolicyRole } from "../../../src/core/planning/policy/policy.ts";
import type { Runner } from "../../../src/core/model/runner.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World, WorldOptions } from "../../helpers/world/world.ts";

const near = "eu-central-1";
const far = "us-west-2";
const subnets = new Map([["far", [{ id: "subnet-far", zone: "us-west-2a" }]]]);

/** Mayfly in eu-central-1 with machines there and, for `mayfly/away`, in us-west-2. */
function twoRegions({ policy, ...options }: WorldOptions = {}): World {
  const world = makeWorld({
    ...options,
    policy: { subnets, defaults: { "instance-types": ["c7i.large"] }, ...policy },
  });
  world.ec2.regions.push(far);
  const away = "  away:\n    execution: ec2\n    subnets: far\n";
  const shipping = "  ship:\n    execution: ec2\n    subnets: far\n    role: deploy\n";
  world.github.files.set(".github/runner.yml", `runners:\n${away}${policy?.roles === undefined ? "" : shipping}`);
  return world;
}

const here = { labels: ["mayfly/ec2"] };
const away = { labels: ["mayfly/away"] };

async function runnerOf(world: World, { id }: { readonly id: number }): Promise<Runner> {
  const runner = await world.store.runners.read(`mayfly-${id}-1`);
  if (runner === undefined) throw new Error(`no runner for ${id}`);
  return runner;
}

const regionsOf = (world: World): string[] => world.ec2.machines.map(({ request }) => request.region);

describe("a machine in another region than Mayfly's", () => {
  test("claims, runs its job and is ended there; its log is told of there", async () => {
    const world = twoRegions();
    const job = await world.queueJob(away);
    await world.run(60);
    await world.endRun();
    await world.run(60);
    expect(regionsOf(world)).toEqual([far]);
    expect(world.ec2.machines[0]?.answers).toEqual([200]);
    expect(await runnerOf(world, job)).toMatchObject({ region: far, logGroup: "/mayfly/runners-far", state: "ended" });
    const [checkRun] = world.github.checkRuns.values();
    const shown = JSON.stringify(checkRun);
    expect(shown).toContain("us-west-2.console.aws.amazon.com");
    expect(shown).not.toContain(near);
    expect(world.ec2.alive()).toEqual([]);
  });

  test("is told its region, for its log and for the job's credentials", async () => {
    const role: PolicyRole = {
      arn: "arn:aws:iam::123456789012:role/deploy",
      repositories: ["octo/*"],
      branches: ["main"],
      events: ["push"],
      minutes: 30,
    };
    const credentials = { accessKeyId: "ASIA1", secretAccessKey: "s", sessionToken: "t", expiresAtMs: 1 };
    const roles = { assume: async () => credentials };
    const world = twoRegions({ roles, jobSeconds: 1000, policy: { roles: new Map([["deploy", role]]) } });
    world.github.people.runs.set(900, { headBranch: "main", event: "push" });
    const claims: unknown[] = [];
    const onHost = world.app.onHost.bind(world.app);
    Object.assign(world.app, {
      onHost: async (path: string, body: unknown) => {
        const answer = await onHost(path, body);
        if (path === "/host/claim") claims.push(answer.body?.["region"]);
        return answer;
      },
    });
    const job = await world.queueJob({ labels: ["mayfly/ship"] });
    await world.run(60);
    expect(claims).toEqual([far]);
    const session = world.ec2.machines[0]?.session;
    const question = { runner: `mayfly-${job.id}-1`, session, runId: 900, attempt: 1 };
    expect(await world.app.onHost("/host/job", question)).toMatchObject({
      body: { allowed: true, role: { name: "deploy", region: far } },
    });
  });

  test("proves itself and is ended there when its launch's reply was lost and only its name can find it", async () => {
    const world = twoRegions({ jobSeconds: 5000 });
    const list: typeof world.ec2.provider.list = world.ec2.provider.list.bind(world.ec2.provider);
    const listOne: typeof list = async (where) => (where.runnerName === undefined ? [] : await list(where));
    Object.assign(world.ec2.provider, { list: listOne });
    world.ec2.faults.plant({ operation: "RunInstances", kind: "lost-reply", when: "after", times: 99 });
    await world.queueJob(away);
    await world.run(40);
    expect(world.ec2.machines.map(({ answers }) => answers)).toEqual([[200]]);
    // the next one never claims
    world.ec2.bootSeconds = 100_000;
    await world.queueJob(away);
    await world.run(400);
    expect(world.ec2.machines.map(({ ended }) => ended).slice(0, 2)).toEqual([undefined, "terminated"]);
    expect(new Set(regionsOf(world))).toEqual(new Set([far]));
  });

  test("is asked about there when its cloud says that it ended", async () => {
    const world = twoRegions({ jobSeconds: 600 });
    const job = await world.queueJob(away);
    await world.run(40);
    const [machine] = world.ec2.machines;
    if (machine !== undefined) world.ec2.take(machine, "Server.SpotInstanceTermination");
    const message = { kind: "machine", machineId: "i-0", event: "ended", why: "the instance is terminated" } as const;
    await world.queue.send([{ message, group: "71" }]);
    await world.work();
    expect((await runnerOf(world, job)).machineEnded).toBe("Server.SpotInstanceTermination");
  });
});

describe("the operator's regions", () => {
  test("are held against where the machine would be, not where Mayfly is", async () => {
    const world = twoRegions({ policy: { regions: [far] } });
    const refused = await world.queueJob(here);
    const allowed = await world.queueJob(away);
    await world.run(60);
    expect(await world.store.jobs.read(String(refused.id))).toMatchObject({
      state: "refused",
      reason: { code: "MF-POLICY", detail: expect.stringContaining("eu-central-1 is not among the allowed regions") },
    });
    expect((await world.store.jobs.read(String(allowed.id)))?.state).toBe("completed");
  });
});

describe("what is used up in one region", () => {
  test("calls: the other one's launches wait for no turn", async () => {
    const world = twoRegions({ jobSeconds: 1000 });
    for (let count = 0; count < 12; count += 1) await world.queueJob(here);
    const job = await world.queueJob(away);
    await world.work();
    expect(regionsOf(world).filter((region) => region === near)).toHaveLength(5);
    expect(regionsOf(world)).toContain(far);
    expect((await runnerOf(world, job)).call).toBe("over");
  });

  test("a quota: jobs for the other one are launched, and do not stand behind those that wait", async () => {
    const world = twoRegions({ jobSeconds: 1000 });
    world.ec2.quota = 1;
    const jobs = [await world.queueJob(here), await world.queueJob(here)];
    await world.run(5);
    const job = await world.queueJob(away);
    await world.run(5);
    expect(regionsOf(world)).toEqual([near, far]);
    const waiting = await world.queueJob(away);
    await world.run(5);
    const scopes = await Promise.all(
      [jobs[1], waiting].map(async (one) => (await world.store.jobs.read(String(one?.id)))?.reason?.scope),
    );
    expect(scopes).toEqual(["room:ec2:eu-central-1", "room:ec2:us-west-2"]);
    // room in one of them is for those who wait for it
    await world.run(30);
    const machine = world.ec2.machines.find(({ request }) => request.runnerName === `mayfly-${job.id}-1`);
    await world.deliver("completed", world.github.finish(job.id, "success", world.clock.nowMs()));
    await world.ec2.end(machine?.githubName ?? "", world.app, { exitCode: 100, outcome: "job-succeeded" });
    await world.run(10);
    expect(regionsOf(world)).toEqual([near, far, far]);
  });
});

describe("a region that does not answer", () => {
  /** A machine that nobody knows. */
  function stray(world: World, region: string): void {
    const [machine] = world.ec2.machines;
    if (machine === undefined) throw new Error("no machine");
    const request = { ...machine.request, runnerName: `mayfly-stray-${region}`, region };
    world.ec2.machines.push({ ...machine, request, instanceId: `i-${region}`, state: "ended" });
  }
  const straysOf = (world: World): string[] =>
    world.ec2.alive().flatMap(({ instanceId = "" }) => (/^i-[a-z]/.test(instanceId) ? [instanceId] : []));

  test("hides no stray machine of another one, and is told to the operator", async () => {
    const world = twoRegions({ jobSeconds: 5000 });
    await world.queueJob(here);
    await world.run(30);
    stray(world, near);
    stray(world, far);
    world.ec2.down.add(far);
    await world.run(60);
    expect(straysOf(world)).toEqual(["i-us-west-2"]);
    expect(world.logged.filter((line) => line.startsWith("machines of a region not looked at"))).toEqual([
      expect.stringMatching(/"execution":"ec2","region":"us-west-2".*us-west-2 does not answer/),
    ]);
    world.ec2.down.clear();
    await world.run(60);
    expect(straysOf(world)).toEqual([]);
  });

  test("has no missing machines: what works there is left alone", async () => {
    const world = twoRegions({ jobSeconds: 5000 });
    const jobs = [await world.queueJob(here), await world.queueJob(away)];
    await world.run(400);
    const versions = async (): Promise<number[]> =>
      await Promise.all(jobs.map(async (job) => (await runnerOf(world, job)).version));
    const before = await versions();
    world.ec2.down.add(far);
    // the near one is gone from its list, as a machine that ended long ago
    const machine = world.ec2.machines.find(({ request }) => request.region === near);
    if (machine !== undefined) world.ec2.machines.splice(world.ec2.machines.indexOf(machine), 1);
    await world.run(61);
    const [lookedAt, leftAlone] = await versions();
    expect(lookedAt).toBeGreaterThan(before[0] ?? 0);
    expect(leftAlone).toBe(before[1]);
  });
});
