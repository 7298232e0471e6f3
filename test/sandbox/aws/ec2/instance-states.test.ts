import { readFile } from "node:fs/promises";
import { GetConsoleOutputCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { errorOf, startRig, until } from "./rig.ts";
import type { Rig } from "./rig.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ timings: { pendingMs: 5, shuttingDownMs: 20, spotNoticeMs: 30 } });
});
afterAll(async () => {
  await rig.close();
});

const terminate = async (...InstanceIds: string[]) =>
  (await rig.ec2.send(new TerminateInstancesCommand({ InstanceIds }))).TerminatingInstances ?? [];
const machine = (id: string) => rig.machines.find(({ options }) => options.instanceId === id);
const running = async (more?: Parameters<Rig["launch"]>[0]): Promise<string> => {
  const id = await rig.launch(more);
  await rig.reaches(id, "running");
  return id;
};
const spot = { InstanceMarketOptions: { MarketType: "spot" as const } };
const named = (name: string) => ({
  TagSpecifications: [{ ResourceType: "instance" as const, Tags: [{ Key: "mayfly:runner", Value: name }] }],
});

describe("TerminateInstances", () => {
  test("running → shutting-down → terminated; it stays listed with its reason, and nothing of it runs", async () => {
    const id = await running();
    const [change] = await terminate(id);
    expect(change).toEqual({
      InstanceId: id,
      CurrentState: { Code: 32, Name: "shutting-down" },
      PreviousState: { Code: 16, Name: "running" },
    });
    await rig.reaches(id, "terminated");
    expect(machine(id)?.on()).toBe(false);
    const seen = await rig.describe(id);
    expect(seen).toMatchObject({
      State: { Code: 48, Name: "terminated" },
      StateReason: {
        Code: "Client.UserInitiatedShutdown",
        Message: "Client.UserInitiatedShutdown: User initiated shutdown",
      },
      StateTransitionReason: expect.stringMatching(/^User initiated \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT\)$/),
    });
    expect([seen.SubnetId, seen.PrivateIpAddress, seen.BlockDeviceMappings]).toEqual([undefined, undefined, []]);
  });

  test("twice is no error, and the first reason stays", async () => {
    const id = await running();
    await terminate(id);
    await terminate(id);
    await rig.reaches(id, "terminated");
    const reason = (await rig.describe(id)).StateTransitionReason;
    const [change] = await terminate(id);
    expect([change?.PreviousState?.Name, change?.CurrentState?.Name]).toEqual(["terminated", "terminated"]);
    expect((await rig.describe(id)).StateTransitionReason).toBe(reason);
  });

  test("all or none", async () => {
    const id = await running();
    expect(await errorOf(terminate(id, "i-00000000000000000"))).toMatchObject({
      name: "InvalidInstanceID.NotFound",
      status: 400,
    });
    expect(await errorOf(terminate(id, "mine"))).toMatchObject({ name: "InvalidInstanceID.Malformed" });
    expect(await errorOf(terminate())).toMatchObject({ name: "MissingParameter" });
    const dry = rig.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id], DryRun: true }));
    expect(await errorOf(dry)).toMatchObject({ name: "DryRunOperation" });
    expect(rig.state(id)).toBe("running");
    expect(machine(id)?.on()).toBe(true);
    const other = await running();
    expect((await terminate(id, other)).map(({ InstanceId }) => InstanceId)).toEqual([id, other]);
  });

  test("before it runs: it never starts", async () => {
    const slow = await startRig({ timings: { pendingMs: 60_000, shuttingDownMs: 0 } });
    try {
      const id = await slow.launch();
      expect(slow.state(id)).toBe("pending");
      await slow.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
      await slow.reaches(id, "terminated");
      expect(slow.machines).toEqual([]);
      expect(slow.aws.machinesLeft()).toBe(0);
    } finally {
      await slow.close();
    }
  });

  test("after its time a terminated instance is forgotten", async () => {
    const brief = await startRig({ timings: { pendingMs: 0, shuttingDownMs: 0, terminatedVisibleMs: 0 } });
    try {
      const id = await brief.launch();
      await brief.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
      await brief.reaches(id, "terminated");
      expect((await errorOf(brief.describe(id))).name).toBe("InvalidInstanceID.NotFound");
      const again = brief.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
      expect((await errorOf(again)).name).toBe("InvalidInstanceID.NotFound");
      expect(brief.aws.launches()).toBe(1);
    } finally {
      await brief.close();
    }
  });
});

describe("`shutdown` inside", () => {
  test("terminates it when its behaviour is so", async () => {
    const id = await running({ InstanceInitiatedShutdownBehavior: "terminate" });
    machine(id)?.shutDown();
    await rig.reaches(id, "terminated");
    expect((await rig.describe(id)).StateReason?.Code).toBe("Client.InstanceInitiatedShutdown");
  });

  test("else it is stopped: it stays and counts until it is terminated", async () => {
    const id = await running();
    const left = rig.aws.machinesLeft();
    machine(id)?.shutDown();
    await rig.reaches(id, "stopped");
    expect(rig.aws.machinesLeft()).toBe(left);
    await terminate(id);
    await rig.reaches(id, "terminated");
    expect(rig.aws.machinesLeft()).toBe(left - 1);
    expect((await rig.describe(id)).StateReason?.Code).toBe("Client.UserInitiatedShutdown");
  });
});

describe("a spot interruption", () => {
  test("is announced in the metadata, and ends the instance with its reason", async () => {
    const id = await running({ ...spot, ...named("mayfly-1-1"), InstanceInitiatedShutdownBehavior: "terminate" });
    expect(rig.aws.interruptSpot({ "mayfly:runner": "mayfly-1-1" })).toBe(1);
    expect(rig.state(id)).toBe("running");
    expect(machine(id)?.announced).toHaveLength(1);
    await rig.reaches(id, "terminated");
    expect(rig.aws.instances().find((one) => one.id === id)?.stateReason).toBe("Server.SpotInstanceTermination");
    expect((await rig.describe(id)).StateReason?.Message).toContain("Spot instance termination");
  });

  test("strikes by the fault when a job has started on it, and only on spot instances", async () => {
    const onDemand = await running(named("mayfly-2-1"));
    const other = await running({ ...spot, ...named("mayfly-3-1") });
    const struck = await running({ ...spot, ...named("mayfly-4-1") });
    rig.breakNext("spot-interruption", "notice");
    rig.aws.jobStarted("mayfly-2-1");
    rig.aws.jobStarted("mayfly-unknown-1");
    expect(rig.broken()).toBe(1);
    rig.aws.jobStarted("mayfly-4-1");
    expect(rig.broken()).toBe(0);
    rig.aws.jobStarted("mayfly-3-1");
    await rig.reaches(struck, "terminated");
    expect([rig.state(onDemand), rig.state(other), machine(other)?.announced]).toEqual(["running", "running", []]);
  });

  test("an instance that ends before the time ends for its own reason", async () => {
    const id = await running({ ...spot, ...named("mayfly-5-1"), InstanceInitiatedShutdownBehavior: "terminate" });
    rig.aws.interruptSpot({ "mayfly:runner": "mayfly-5-1" });
    machine(id)?.shutDown();
    await rig.reaches(id, "terminated");
    expect((await rig.describe(id)).StateReason?.Code).toBe("Client.InstanceInitiatedShutdown");
  });
});

describe("launches that come to nothing", () => {
  test("a disk's key that may not be used: pending, then terminated, never started", async () => {
    rig.breakNext("RunInstances", "key-denied");
    const id = await rig.launch();
    await rig.reaches(id, "terminated");
    expect(machine(id)).toBeUndefined();
    expect((await rig.describe(id)).StateReason).toEqual({
      Code: "Client.InternalError",
      Message: "Client.InternalError: Client error on launch",
    });
  });

  test("a machine that cannot be started: the console says why", async () => {
    const startInstance = async () => {
      throw new Error("no room on this computer");
    };
    const broken = await startRig({ startInstance });
    try {
      const id = await broken.launch();
      await broken.reaches(id, "terminated");
      expect(broken.aws.instances()[0]?.stateReason).toBe("Server.InternalError");
      expect(await readFile(broken.aws.consoleFile(id), "utf8")).toContain("no room on this computer");
    } finally {
      await broken.close();
    }
  });
});

describe("the console", () => {
  test("as EC2 gives it, and as a file, also after the end", async () => {
    const id = await running({ UserData: Buffer.from("echo \u00e4").toString("base64") });
    const output = async (): Promise<string> => {
      const { Output, InstanceId, Timestamp } = await rig.ec2.send(new GetConsoleOutputCommand({ InstanceId: id }));
      expect([InstanceId, Timestamp]).toEqual([id, expect.any(Date)]);
      return Buffer.from(Output ?? "", "base64").toString("utf8");
    };
    expect(await output()).toBe("booted\necho \u00e4\n");
    expect(await readFile(rig.aws.consoleFile(id), "utf8")).toBe("booted\necho \u00e4\n");
    await terminate(id);
    await rig.reaches(id, "terminated");
    expect(await output()).toBe("booted\necho \u00e4\n");
    const unknown = rig.ec2.send(new GetConsoleOutputCommand({ InstanceId: "i-00000000" }));
    expect((await errorOf(unknown)).name).toBe("InvalidInstanceID.NotFound");
  });
});

test("close ends every instance, whatever its state", async () => {
  const other = await startRig();
  const up = await other.launch();
  await other.reaches(up, "running");
  const stopped = await other.launch();
  await other.reaches(stopped, "running");
  other.machines.at(-1)?.shutDown();
  await other.reaches(stopped, "stopped");
  await other.launch();
  await other.close();
  expect(other.aws.instances().map(({ state }) => state)).toEqual(["terminated", "terminated", "terminated"]);
  expect(other.machines.filter(({ on }) => on())).toEqual([]);
  expect([other.aws.machinesLeft(), other.aws.idle()]).toEqual([0, true]);
  await until(() => other.aws.idle());
});
