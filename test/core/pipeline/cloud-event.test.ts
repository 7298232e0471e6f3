import { describe, expect, test } from "@jest/globals";
import type { Message } from "../../../src/core/ports.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";

const capped = { settings: { caps: { total: 5, executions: {}, repository: undefined } } };

async function tell(world: World, message: Message): Promise<void> {
  await world.queue.send([{ message, group: "71" }]);
  await world.work();
}

function givenUp(runner: string, changes: Partial<Extract<Message, { kind: "invocation-failed" }>> = {}): Message {
  return { kind: "invocation-failed", runner, dropped: false, why: "Task timed out after 900.00 seconds", ...changes };
}

describe("an invocation that Lambda gave up", () => {
  test("nobody had claimed: the record ends first, its token is worth nothing, and the pool launches again", async () => {
    const world = makeWorld(capped);
    world.compute.disturb("drop", 1);
    const job = await world.queueJob();
    await world.work();
    const runner = `mayfly-${job.id}-1`;
    const token = world.sign(`claim:${runner}`);
    await tell(world, givenUp(runner, { dropped: true, why: "its event waited longer than 60 s" }));
    expect(await world.store.runners.read(runner)).toMatchObject({
      state: "ended",
      cause: "its event waited longer than 60 s",
    });
    expect(await world.store.slots.list("total")).not.toContain(runner);
    const late = await world.app.onHost("/host/claim", { runner, token, claimId: "late" });
    expect(late.status).toBe(410);
    await world.run(40);
    expect(await world.store.jobs.read(String(job.id))).toMatchObject({
      state: "completed",
      runnerName: `mayfly-${job.id}-2`,
    });
  });

  test("the claimed one's machine is lost, at once, and so is its job", async () => {
    const world = makeWorld({ ...capped, jobSeconds: 600 });
    const job = await world.queueJob();
    await world.run(20);
    const runner = `mayfly-${job.id}-1`;
    expect((await world.store.runners.read(runner))?.state).toBe("busy");
    await tell(world, givenUp(runner));
    expect(await world.store.jobs.read(String(job.id))).toMatchObject({
      state: "lost",
      reason: { code: "MF-MACHINE-LOST", detail: `${runner}: Task timed out after 900.00 seconds` },
    });
  });

  test("a second delivery that was dropped says nothing about the first one, which works", async () => {
    const world = makeWorld({ ...capped, jobSeconds: 60 });
    const job = await world.queueJob();
    await world.run(20);
    const before = await world.store.runners.read(`mayfly-${job.id}-1`);
    await tell(world, givenUp(`mayfly-${job.id}-1`, { dropped: true }));
    expect(await world.store.runners.read(`mayfly-${job.id}-1`)).toEqual(before);
    await world.run(60);
    expect((await world.store.jobs.read(String(job.id)))?.state).toBe("completed");
  });

  test("a runner that is over, or that nobody knows, stays as it is", async () => {
    const world = makeWorld(capped);
    const job = await world.queueJob();
    await world.run(40);
    const before = await world.store.runners.read(`mayfly-${job.id}-1`);
    expect(before?.state).toBe("ended");
    await tell(world, givenUp(`mayfly-${job.id}-1`));
    await tell(world, givenUp("mayfly-1-1"));
    expect(await world.store.runners.read(`mayfly-${job.id}-1`)).toEqual(before);
    expect(await world.queue.deadLetters()).toEqual([]);
  });
});

describe("what EC2 says about machines", () => {
  test("the end of one that worked: its job is lost within the message, with EC2's own reason", async () => {
    const world = makeWorld({ ...capped, jobSeconds: 600 });
    const job = await world.queueJob({ labels: ["mayfly/ec2"] });
    await world.run(40);
    const [machine] = world.ec2.machines;
    if (machine?.instanceId === undefined) throw new Error("there is one");
    world.ec2.take(machine, "Server.SpotInstanceTermination");
    await tell(world, { kind: "machine", machineId: machine.instanceId, event: "ended", why: "shutting-down" });
    expect(await world.store.jobs.read(String(job.id))).toMatchObject({
      state: "lost",
      reason: { detail: `mayfly-${job.id}-1: Server.SpotInstanceTermination` },
    });
  });

  test("a spot notice is kept, the first one, and the job goes on", async () => {
    const world = makeWorld({ ...capped, jobSeconds: 30 });
    const job = await world.queueJob({ labels: ["mayfly/ec2"] });
    await world.run(30);
    const notice = { kind: "machine", machineId: "i-0", event: "notice" } as const;
    await tell(world, { ...notice, why: "spot interruption" });
    await tell(world, { ...notice, why: "another" });
    expect((await world.store.runners.read(`mayfly-${job.id}-1`))?.notice).toBe("spot interruption");
    await world.run(60);
    expect((await world.store.jobs.read(String(job.id)))?.state).toBe("completed");
  });

  test("the end of one whose host said so before costs no call to EC2", async () => {
    const world = makeWorld(capped);
    const job = await world.queueJob({ labels: ["mayfly/ec2"] });
    await world.run(33);
    const runner = await world.store.runners.read(`mayfly-${job.id}-1`);
    const calls = world.ec2.faults.calls["DescribeInstances"] ?? 0;
    await tell(world, { kind: "machine", machineId: runner?.machineId ?? "", event: "ended", why: "shutting-down" });
    expect(world.ec2.faults.calls["DescribeInstances"] ?? 0).toBe(calls);
  });

  test("a machine of somebody else in the account changes nothing", async () => {
    const world = makeWorld(capped);
    await tell(world, { kind: "machine", machineId: "i-0ff", event: "ended", why: "terminated" });
    expect(await world.queue.size()).toBe(0);
    expect(await world.queue.deadLetters()).toEqual([]);
  });
});
