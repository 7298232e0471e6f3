import { describe, expect, test } from "@jest/globals";
import { createHmac } from "node:crypto";
import type { Job } from "../../../src/core/model/job.ts";
import type { Runner } from "../../../src/core/model/runner.ts";
import type { PlantedFault } from "../../helpers/world/faults.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World, WorldOptions } from "../../helpers/world/world.ts";

const ec2 = { labels: ["mayfly/ec2"] };
const soldOutSpot = ["spot/c7i.large/subnet-a", "spot/c7i.large/subnet-b"];

async function readJob(world: World, id: number): Promise<Job> {
  const job = await world.store.jobs.read(String(id));
  if (job === undefined) throw new Error(`no job ${id}`);
  return job;
}

async function readRunner(world: World, id: number, launch = 1): Promise<Runner> {
  const runner = await world.store.runners.read(`mayfly-${id}-${launch}`);
  if (runner === undefined) throw new Error(`no runner ${id}-${launch}`);
  return runner;
}

async function allCompleted(world: World): Promise<boolean> {
  const jobs = await Promise.all([...world.github.jobs.keys()].map((id) => readJob(world, id)));
  return jobs.every((job) => job.state === "completed");
}

/** Everything that one job leaves behind is gone: machines, registrations, slots, messages. */
async function nothingLeft(world: World): Promise<void> {
  await world.run(90);
  expect(world.ec2.alive()).toEqual([]);
  expect(world.github.runners.size).toBe(0);
  expect(await world.store.slots.list("total")).toEqual([]);
  expect(await world.queue.size()).toBe(0);
}

const capped: WorldOptions = { settings: { caps: { total: 50, executions: {}, repository: undefined } } };

describe("a job on EC2", () => {
  test("one spot instance, one RunInstances, its log where the claim says, and nothing left", async () => {
    const world = makeWorld(capped);
    const job = await world.queueJob(ec2);
    await world.run(60);
    await world.endRun();
    await world.run(60);
    expect(await allCompleted(world)).toBe(true);
    expect(world.ec2.machines).toHaveLength(1);
    expect(world.ec2.faults.calls["RunInstances"]).toBe(1);
    const runner = await readRunner(world, job.id);
    expect(runner).toMatchObject({ execution: "ec2", machineId: "i-0", state: "ended", fellBackFrom: [] });
    expect(runner).toMatchObject({ logGroup: "/mayfly/runners", logStream: runner.name });
    const [checkRun] = world.github.checkRuns.values();
    expect(checkRun?.summary).toContain("EC2 spot c7i.large");
    expect(checkRun?.text).toContain("EC2: the label mayfly/ec2 says so");
    await nothingLeft(world);
  });

  test("the machine's request follows from the record: the same bytes each time", async () => {
    const world = makeWorld();
    world.ec2.faults.plant({ operation: "RunInstances", kind: "lost-reply", when: "after", times: 1 });
    await world.queueJob(ec2);
    // a request that differed would be an IdempotentParameterMismatch of the stand-in, which is a bug of ours
    await world.run(60);
    expect(await allCompleted(world)).toBe(true);
    expect(world.ec2.machines).toHaveLength(1);
  });
});

describe("no room", () => {
  test("spot is sold out: on-demand is launched, and the check run says what it fell back from", async () => {
    const world = makeWorld(capped);
    for (const name of soldOutSpot) world.ec2.soldOut.add(name);
    const job = await world.queueJob(ec2);
    await world.run(60);
    await world.endRun();
    await world.run(60);
    expect(world.ec2.machines.map(({ request }) => request.candidate?.market)).toEqual(["on-demand"]);
    expect((await readRunner(world, job.id)).fellBackFrom).toEqual([
      "spot c7i.large in eu-central-1a (InsufficientInstanceCapacity)",
      "spot c7i.large in eu-central-1b (InsufficientInstanceCapacity)",
    ]);
    const [checkRun] = world.github.checkRuns.values();
    expect(checkRun?.text).toContain(
      "Fell back from spot c7i.large in eu-central-1a &#40;InsufficientInstanceCapacity",
    );
    expect(checkRun?.annotations[0]?.message).toContain("Fell back from spot c7i.large in eu-central-1a");
    await nothingLeft(world);
  });

  test("what was sold out is not asked for again for five minutes, and then it is", async () => {
    const world = makeWorld();
    for (const name of soldOutSpot) world.ec2.soldOut.add(name);
    await world.queueJob(ec2);
    await world.run(60);
    expect(world.ec2.faults.calls["RunInstances"]).toBe(3);
    const second = await world.queueJob(ec2);
    await world.run(60);
    expect(world.ec2.faults.calls["RunInstances"]).toBe(4);
    expect((await readRunner(world, second.id)).fellBackFrom[0]).toBe(
      "spot c7i.large in eu-central-1a (none a moment ago)",
    );
    world.ec2.soldOut.clear();
    await world.run(200);
    await world.queueJob(ec2);
    await world.run(60);
    expect(world.ec2.machines.at(-1)?.request.candidate?.market).toBe("spot");
  });

  test("everything is sold out: the job waits with the reason, no slot stays taken, and runs when there is room", async () => {
    const world = makeWorld(capped);
    const all = [...soldOutSpot, "on-demand/c7i.large/subnet-a", "on-demand/c7i.large/subnet-b"];
    for (const name of all) world.ec2.soldOut.add(name);
    const jobs = [await world.queueJob(ec2), await world.queueJob(ec2)];
    await world.run(10);
    const [first, second] = await Promise.all(jobs.map((job) => readJob(world, job.id)));
    expect(first).toMatchObject({
      state: "waiting",
      reason: { code: "MF-COMPUTE-CAPACITY", scope: "room:ec2:eu-central-1" },
    });
    expect(first?.reason?.detail).toContain("spot c7i.large in eu-central-1a (InsufficientInstanceCapacity)");
    expect([first?.reason?.position, second?.reason?.position]).toEqual([1, 2]);
    expect(await world.store.slots.list("total")).toEqual([]);
    const calls = world.ec2.faults.calls["RunInstances"] ?? 0;
    await world.run(120);
    expect(world.ec2.faults.calls["RunInstances"]).toBe(calls);
    world.ec2.soldOut.clear();
    await world.run(400);
    expect(await allCompleted(world)).toBe(true);
    expect(world.ec2.machines).toHaveLength(2);
    await nothingLeft(world);
  });

  test("the vCPU quota is used up: jobs wait with its name, one follows each machine that ends", async () => {
    const world = makeWorld({ ...capped, jobSeconds: 20 });
    world.ec2.quota = 2;
    const jobs = await Promise.all(Array.from({ length: 6 }, () => world.queueJob(ec2)));
    await world.run(15);
    const records = await Promise.all(jobs.map((job) => readJob(world, job.id)));
    const waiting = records.filter((job) => job.state === "waiting");
    expect(waiting).toHaveLength(4);
    for (const job of waiting) {
      expect(job.reason).toMatchObject({
        code: "MF-COMPUTE-QUOTA",
        detail: expect.stringContaining("vCPUs (L-1216C47A)"),
      });
    }
    // the check run says so while they wait, and afterwards how long that was
    expect([...world.github.checkRuns.values()][0]).toMatchObject({
      status: "in_progress",
      summary: expect.stringContaining("vCPUs &#40;L-1216C47A&#41;"),
    });
    await world.run(900);
    await world.endRun();
    await world.run(60);
    expect([...world.github.checkRuns.values()][0]?.text).toMatch(
      /Waited \d.* s &#40;MF-COMPUTE-QUOTA&#41;: .*L-1216C47A/,
    );
    expect(await allCompleted(world)).toBe(true);
    expect(world.ec2.machines).toHaveLength(6);
    await nothingLeft(world);
  });

  test("a full subnet sends to the other one, a market without spot quota to on-demand", async () => {
    const world = makeWorld();
    const blocks = (kind: "subnet" | "market") => ({ code: "X", blocks: kind });
    const fault = { operation: "RunInstances", kind: "capacity", when: "before", times: 1 } as const;
    world.ec2.faults.plant({ ...fault, more: blocks("subnet") });
    await world.queueJob(ec2);
    await world.run(5);
    expect(world.ec2.machines[0]?.request.candidate).toMatchObject({ market: "spot", subnet: "subnet-b" });
    world.ec2.faults.plant({ ...fault, more: blocks("market") });
    await world.queueJob(ec2);
    await world.run(5);
    expect(world.ec2.machines[1]?.request.candidate).toMatchObject({ market: "on-demand", subnet: "subnet-b" });
  });
});

describe("the request rate", () => {
  test("40 jobs at once: calls keep to the bucket of 5 and 2 a second, and every job runs", async () => {
    const world = makeWorld(capped);
    await Promise.all(Array.from({ length: 40 }, () => world.queueJob(ec2)));
    for (let second = 1; second <= 25; second += 1) {
      await world.run(1);
      expect(world.ec2.faults.calls["RunInstances"] ?? 0).toBeLessThanOrEqual(5 + 2 * second);
    }
    const last = [...world.github.jobs.keys()].at(-1) ?? 0;
    expect((await readJob(world, last)).delays[0]).toMatchObject({ code: "MF-COMPUTE-RATE" });
    await world.run(200);
    expect(await allCompleted(world)).toBe(true);
    expect(world.ec2.machines).toHaveLength(40);
    await nothingLeft(world);
  });

  test("a runner whose turn is far away, or whose machine boots for long, keeps its slot", async () => {
    const { ec2: outside } = makeWorld();
    const traits = { ...outside.provider.traits, launchRate: { burst: 1, perSecond: 0.002 } };
    const world = makeWorld({ ...capped, ec2: { ...outside.provider, traits } });
    const jobs = [await world.queueJob(ec2), await world.queueJob(ec2)];
    const names = jobs.map((job) => `mayfly-${job.id}-1`);
    await world.run(303);
    expect((await world.store.slots.list("total")).toSorted()).toEqual(names);
    await world.run(120);
    expect(await world.store.slots.list("total")).toContain(names[1]);
  });

  test("RequestLimitExceeded changes no candidate: the same machine is asked for later", async () => {
    const world = makeWorld();
    world.ec2.faults.plant({ operation: "RunInstances", kind: "rate-limited", when: "before", times: 5 });
    const job = await world.queueJob(ec2);
    await world.run(200);
    expect(await allCompleted(world)).toBe(true);
    expect(world.ec2.machines).toHaveLength(1);
    expect((await readRunner(world, job.id)).candidateNumber).toBe(1);
  });
});

describe("lost replies", () => {
  test("of every RunInstances: one instance per job, each claims, no live runner is deleted", async () => {
    const world = makeWorld(capped);
    world.ec2.faults.plant({ operation: "RunInstances", kind: "lost-reply", when: "after", times: 99 });
    const jobs = [await world.queueJob(ec2), await world.queueJob(ec2), await world.queueJob(ec2)];
    await world.run(240);
    expect(await allCompleted(world)).toBe(true);
    expect(world.ec2.machines).toHaveLength(3);
    expect(world.ec2.machines.flatMap(({ answers }) => answers)).toEqual([200, 200, 200]);
    expect(world.github.faults.calls["delete-runner"]).toBeUndefined();
    for (const job of jobs) expect((await readRunner(world, job.id)).machineId).toMatch(/^i-/);
    await nothingLeft(world);
  });

  test("of a launch whose machine never claims: it is found by its tag and ended, then the pool launches again", async () => {
    const world = makeWorld(capped);
    world.ec2.faults.plant({ operation: "RunInstances", kind: "lost-reply", when: "after", times: 1 });
    world.ec2.bootSeconds = 100_000;
    const job = await world.queueJob(ec2);
    await world.run(30);
    world.ec2.bootSeconds = 20;
    await world.run(500);
    expect((await readRunner(world, job.id)).cause).toBe("not claimed within 300 s");
    expect(await allCompleted(world)).toBe(true);
    expect(world.ec2.machines).toHaveLength(2);
    await nothingLeft(world);
  });

  test("an unknown launch stays open until the list has shown nothing for five minutes after the last call", async () => {
    const world = makeWorld();
    // the reply is lost, and so is the request: there never was a machine, but nobody can know that
    const planted: PlantedFault = { operation: "RunInstances", kind: "lost-reply", when: "before", times: 999 };
    world.ec2.faults.plant(planted);
    const job = await world.queueJob(ec2);
    await world.run(370);
    const before = await readRunner(world, job.id);
    expect(before).toMatchObject({ state: "launching", cause: "not claimed within 300 s" });
    // in the meantime the job gets another
    planted.times = 0;
    await world.run(120);
    expect(await allCompleted(world)).toBe(true);
    expect((await readRunner(world, job.id)).state).toBe("launching");
    await world.run(300);
    expect((await readRunner(world, job.id)).state).toBe("ended");
    expect(await allCompleted(world)).toBe(true);
  });
});

describe("the list of machines", () => {
  test("a machine without an open record is ended", async () => {
    const world = makeWorld();
    const job = await world.queueJob(ec2);
    await world.run(60);
    const copy = world.ec2.machines[0];
    if (copy === undefined) throw new Error("no machine");
    world.ec2.machines.push({ ...copy, instanceId: "i-stray", state: "ended" });
    delete world.ec2.machines[1]?.ended;
    await world.run(60);
    expect(world.ec2.alive()).toEqual([]);
    expect((await readJob(world, job.id)).state).toBe("completed");
  });

  test("a machine that is there after its runner's end is ended; only one that stays is told of", async () => {
    const world = makeWorld();
    await world.queueJob(ec2);
    await world.run(60);
    const [machine] = world.ec2.machines;
    if (machine === undefined) throw new Error("no machine");
    const told = async (seconds: number): Promise<string[]> => {
      const { length } = world.logged;
      delete machine.ended;
      await world.run(seconds);
      expect(world.ec2.alive()).toEqual([]);
      return world.logged.slice(length).filter((line) => line.includes("machine "));
    };
    expect(await told(60)).toEqual([expect.stringMatching(/^machine is there after its runner's end/)]);
    await world.run(240);
    expect(await told(60)).toEqual([expect.stringMatching(/^machine without an open record/)]);
  });

  test("a machine that works is never taken for a stray one, however far the list lags", async () => {
    const world = makeWorld({ jobSeconds: 300 });
    world.ec2.listLagSeconds = 30;
    await world.queueJob(ec2);
    await world.run(400);
    expect(await allCompleted(world)).toBe(true);
    expect(world.ec2.machines).toHaveLength(1);
  });

  test("AWS takes the machine back in mid-job: the job is lost with the cause, its slot is free", async () => {
    const world = makeWorld({ ...capped, jobSeconds: 5000 });
    const job = await world.queueJob(ec2);
    await world.run(40);
    const [machine] = world.ec2.machines;
    if (machine !== undefined) world.ec2.take(machine, "spot interruption: AWS took the machine back");
    await world.run(90);
    expect(await readJob(world, job.id)).toMatchObject({
      state: "lost",
      reason: { code: "MF-MACHINE-LOST", detail: expect.stringContaining("spot interruption") },
    });
    const [checkRun] = world.github.checkRuns.values();
    expect(checkRun?.summary).toContain("spot interruption");
    expect(await world.store.slots.list("total")).toEqual([]);
  });

  test.each([
    ["failure", "job-failed", "completed"],
    ["cancelled", "spot-interruption", "lost"],
  ])("a job that ended as %s on a machine that is gone since (%s) is %s", async (conclusion, outcome, state) => {
    const world = makeWorld({ jobSeconds: 5000, drop: (action) => action === "completed" });
    const job = await world.queueJob(ec2);
    await world.run(40);
    const [machine] = world.ec2.machines;
    if (machine === undefined) throw new Error("no machine");
    const { githubName } = machine;
    // its `completed` gets lost, the machine powers itself off, and GitHub still shows the job as running for a while
    await world.ec2.end(githubName, world.app, { exitCode: 102, outcome });
    world.ec2.take(machine, "Client.InstanceInitiatedShutdown");
    await world.run(30);
    expect((await readJob(world, job.id)).state).toBe("running");
    await world.deliver("completed", world.github.finish(job.id, conclusion, world.clock.nowMs()));
    await world.run(200);
    expect(await readJob(world, job.id)).toMatchObject({ state, conclusion });
  });

  test("AWS takes an idle machine: the pool launches another at once, without backing off", async () => {
    const world = makeWorld();
    const job = await world.queueJob(ec2);
    // GitHub has not handed the job out yet
    const held = { ...job, status: "held" };
    world.github.jobs.set(job.id, held);
    await world.run(30);
    const [machine] = world.ec2.machines;
    expect(machine?.state).toBe("listening");
    if (machine !== undefined) world.ec2.take(machine, "spot interruption");
    world.github.jobs.set(job.id, job);
    await world.run(130);
    expect(await allCompleted(world)).toBe(true);
    expect(world.ec2.machines).toHaveLength(2);
  });

  test("Describe that fails does not keep the schedule from anything else", async () => {
    const world = makeWorld({ drop: (action) => action === "queued" });
    world.ec2.faults.plant({ operation: "DescribeInstances", kind: "unavailable", when: "before", times: 99 });
    await world.queueJob(ec2);
    await world.run(180);
    expect(await allCompleted(world)).toBe(true);
  });
});

describe("a claim on EC2", () => {
  const claimOf = (world: World, runner: string, more: object) => {
    const token = createHmac("sha256", "host key").update(`claim:${runner}`).digest("hex");
    return world.app.onHost("/host/claim", { runner, token, claimId: "copy", ...more });
  };
  const proof = (document: string, signature = "genuine") => ({ identity: { document, signature } });

  test.each([
    ["another instance with a copied token", proof("i-99")],
    ["a forged document", proof("i-0", "forged")],
    ["no document", {}],
    ["a document without a signature", { identity: { document: "i-0" } }],
  ])("%s gets no JIT config", async (_, more) => {
    const world = makeWorld();
    const job = await world.queueJob(ec2);
    await world.run(2);
    const answer = await claimOf(world, `mayfly-${job.id}-1`, more);
    expect(answer).toEqual({ status: 401 });
    expect(world.github.faults.calls["generate-jitconfig"]).toBeUndefined();
    // and the right one still does
    await world.run(60);
    expect(await allCompleted(world)).toBe(true);
  });

  test("faster than the launch's reply: the cloud's list says which machine it is", async () => {
    const world = makeWorld();
    world.ec2.faults.plant({ operation: "RunInstances", kind: "lost-reply", when: "after", times: 9 });
    world.ec2.bootSeconds = 1;
    world.ec2.listLagSeconds = 5;
    const job = await world.queueJob(ec2);
    await world.run(2);
    expect(await claimOf(world, `mayfly-${job.id}-1`, proof("i-0"))).toMatchObject({ status: 503 });
    await world.run(4);
    expect(await claimOf(world, `mayfly-${job.id}-1`, proof("i-7"))).toEqual({ status: 401 });
    await world.run(60);
    expect(await allCompleted(world)).toBe(true);
    expect((await readRunner(world, job.id)).machineId).toBe("i-0");
  });

  test("that comes too late gets 410", async () => {
    const world = makeWorld();
    world.ec2.bootSeconds = 100_000;
    const job = await world.queueJob(ec2);
    await world.run(299);
    world.clock.advance(5);
    expect(await claimOf(world, `mayfly-${job.id}-1`, proof("i-0"))).toEqual({ status: 410 });
  });

  test("a machine whose setup failed says so with its token: the job's author reads it, and another is launched", async () => {
    const world = makeWorld();
    world.ec2.bootSeconds = 100_000;
    const job = await world.queueJob(ec2);
    await world.run(5);
    world.ec2.bootSeconds = 20;
    const runner = `mayfly-${job.id}-1`;
    const token = createHmac("sha256", "host key").update(`claim:${runner}`).digest("hex");
    const event = { runner, type: "ended", outcome: "crashed", cause: "checksum of the runner differs" };
    expect((await world.app.onHost("/host/event", { ...event, token: "0".repeat(64) })).status).toBe(401);
    expect((await world.app.onHost("/host/event", { ...event, token, type: "listening" })).status).toBe(401);
    expect((await world.app.onHost("/host/event", { ...event, token })).status).toBe(204);
    await world.run(1);
    expect((await readJob(world, job.id)).reason).toMatchObject({
      code: "MF-RUNNER-UNSTARTED",
      detail: expect.stringContaining("checksum of the runner differs"),
    });
    await world.run(60);
    expect(await allCompleted(world)).toBe(true);
  });
});

describe("choosing", () => {
  const file = (text: string) => {
    const world = makeWorld();
    world.github.files.set(".github/runner.yml", text);
    return world;
  };
  const executionOf = async (world: World, label: string) => {
    const job = await world.queueJob({ labels: [label] });
    await world.work();
    const { plan, reason } = await readJob(world, job.id);
    return plan?.execution ?? reason?.code;
  };

  test("the label, then the file, then the setting", async () => {
    const world = file("runners:\n  build:\n    execution: ec2\n    instance-types: [m7i.large]\n    spot: never\n");
    expect(await executionOf(world, "mayfly")).toBe("lambda");
    expect(await executionOf(world, "mayfly/ec2")).toBe("ec2");
    expect(await executionOf(world, "mayfly/build")).toBe("ec2");
    expect(world.ec2.machines.at(-1)?.request.candidate).toMatchObject({
      market: "on-demand",
      instanceType: "m7i.large",
    });
    expect(world.github.faults.calls["get-content"]).toBe(1);
    expect(await executionOf(world, "mayfly/other")).toBe("MF-LABEL-RUNNER");
  });

  test("the file's `default` is for the plain label", async () => {
    expect(await executionOf(file("runners:\n  default:\n    execution: ec2\n"), "mayfly")).toBe("ec2");
  });

  test("a broken file strands nobody: its names run by the defaults and say which line is wrong", async () => {
    const world = file("runners:\n  build:\n    execution: ec3\n");
    expect(await executionOf(world, "mayfly")).toBe("lambda");
    const job = await world.queueJob({ labels: ["mayfly/build"] });
    await world.run(30);
    await world.endRun();
    await world.run(30);
    expect(await readJob(world, job.id)).toMatchObject({ state: "completed", plan: { execution: "lambda" } });
    const [checkRun] = world.github.checkRuns.values();
    expect(checkRun?.text).toContain("because of errors in .github/runner.yml: 3:16");
  });

  test("once a good version was read, it is used while the present one is broken, and the check run says so", async () => {
    const world = file("runners:\n  build:\n    execution: ec2\n");
    expect(await executionOf(world, "mayfly/build")).toBe("ec2");
    world.github.files.set(".github/runner.yml", "runners:\n  build:\n    exceution: lambda\n");
    await world.run(61);
    const job = await world.queueJob({ labels: ["mayfly/build"], runId: 901 });
    await world.run(120);
    await world.endRun(901);
    await world.run(30);
    expect(await readJob(world, job.id)).toMatchObject({ state: "completed", plan: { execution: "ec2" } });
    const text = [...world.github.checkRuns.values()].at(-1)?.text;
    expect(text).toContain("The last good version of .github/runner.yml is used");
    expect(text).toContain("3:5");
  });

  test("read again after a minute; that there is none is remembered too; a failure never", async () => {
    const world = makeWorld();
    world.github.faults.plant({ operation: "get-content", kind: "unavailable", when: "before", times: 1 });
    await world.queueJob();
    await world.run(20);
    expect(await allCompleted(world)).toBe(true);
    expect(world.github.faults.calls["get-content"]).toBe(2);
    await world.queueJob();
    await world.run(20);
    expect(world.github.faults.calls["get-content"]).toBe(2);
    world.github.files.set(".github/runner.yml", "runners:\n  default:\n    execution: ec2\n");
    await world.run(60);
    expect(await executionOf(world, "mayfly")).toBe("ec2");
  });
});

test("60 EC2 jobs against a cap of 5: never more than 5, every waiting job knows its place, all run", async () => {
  const world = makeWorld({ settings: { caps: { total: undefined, executions: { ec2: 5 }, repository: undefined } } });
  await Promise.all(Array.from({ length: 60 }, () => world.queueJob(ec2)));
  await world.run(30);
  const jobs = await Promise.all([...world.github.jobs.keys()].map((id) => readJob(world, id)));
  const waiting = jobs.filter((job) => job.state === "waiting");
  expect(waiting.length).toBeGreaterThan(50);
  for (const job of waiting) expect(job.reason?.position).toBeGreaterThanOrEqual(1);
  for (let minute = 0; minute < 30 && !(await allCompleted(world)); minute += 1) {
    for (let part = 0; part < 6; part += 1) {
      await world.run(10);
      expect(world.ec2.alive().length).toBeLessThanOrEqual(5);
    }
  }
  expect(await allCompleted(world)).toBe(true);
  expect(world.ec2.machines).toHaveLength(60);
});

describe("the line", () => {
  const two = [{ labels: ["mayfly/lambda"] }, ec2] as const;

  test("a slot that becomes free is for the job that waits longest, not for one that comes at that moment", async () => {
    const world = makeWorld({
      settings: { caps: { total: 1, executions: {}, repository: undefined } },
      jobSeconds: 20,
    });
    const [first, second] = [await world.queueJob(), await world.queueJob()];
    await world.run(5);
    expect((await readJob(world, second.id)).state).toBe("waiting");
    await world.store.slots.free("total", `mayfly-${first.id}-1`);
    world.clock.advance(1);
    const third = await world.queueJob();
    await world.work();
    expect((await readJob(world, third.id)).reason).toMatchObject({ scope: "total", position: 2 });
    await world.run(3);
    await world.app.onMessage({ kind: "wake", jobId: second.id }, 1);
    await world.app.onMessage({ kind: "wake", jobId: third.id }, 1);
    expect(world.compute.machines.map(({ request }) => request.runnerName)).toEqual(
      [first, second].map((job) => `mayfly-${job.id}-1`),
    );
    await world.run(200);
    expect(await allCompleted(world)).toBe(true);
  });

  test("many that wait for one cap keep nobody from another, and the places in the line move up", async () => {
    const caps = { total: undefined, executions: { lambda: 1, ec2: 1 }, repository: undefined };
    const world = makeWorld({ settings: { caps }, jobSeconds: 100 });
    const [lambda, other] = two;
    const ids: number[] = [];
    for (let job = 0; job < 80; job += 1) ids.push((await world.queueJob(lambda)).id);
    await world.queueJob(other);
    const last = await world.queueJob(other);
    // those that come at the same moment do not see each other; the schedule puts their places right
    await world.run(65);
    expect((await readJob(world, last.id)).reason).toMatchObject({ scope: "execution:ec2", position: 1 });
    expect((await readJob(world, ids.at(-1) ?? 0)).reason?.position).toBe(79);
    await world.run(250);
    expect((await readJob(world, last.id)).state).toMatch(/running|completed/);
    expect((await readJob(world, ids.at(-1) ?? 0)).reason?.position).toBeLessThan(79);
  });

  test("when room comes back without anybody's end, one pass of the schedule fills it", async () => {
    const world = makeWorld({ jobSeconds: 5000 });
    world.ec2.quota = 0;
    await Promise.all(Array.from({ length: 10 }, () => world.queueJob(ec2)));
    await world.run(20);
    expect(world.ec2.machines).toHaveLength(0);
    world.ec2.quota = 100;
    await world.run(125);
    expect(world.ec2.machines).toHaveLength(10);
  });
});
