import { DescribeInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { CapacityLimit } from "../../../../src/sandbox/aws/ec2/options.ts";
import { tokenBucket } from "../../../../src/sandbox/aws/ec2/token-bucket.ts";
import { errorOf, startRig, subnetA, subnetB } from "./rig.ts";
import type { Rig } from "./rig.ts";

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
});

const spot = { InstanceMarketOptions: { MarketType: "spot" as const } };

describe("token buckets", () => {
  test("a burst, then as fast as it fills, never beyond its size", () => {
    let nowMs = 0;
    const bucket = tokenBucket({ burst: 5, perSecond: 2 }, () => nowMs);
    const taken = (): number => {
      let count = 0;
      while (bucket.take()) count += 1;
      return count;
    };
    expect(taken()).toBe(5);
    nowMs += 499;
    expect(taken()).toBe(0);
    nowMs += 1;
    expect(taken()).toBe(1);
    nowMs += 1_000;
    expect(taken()).toBe(2);
    nowMs += 3_600_000;
    expect(bucket.take(6)).toBe(false);
    expect(bucket.take(5)).toBe(true);
  });

  test("RunInstances: the sixth call at once is throttled with 503; refused calls count too", async () => {
    rig = await startRig({ rates: {} });
    const { run } = rig;
    const names: string[] = [];
    for (let call = 0; call < 6; call += 1) names.push((await errorOf(run({ SubnetId: "x" }))).name);
    expect(names.slice(0, 5)).toEqual(Array(5).fill("InvalidSubnetID.NotFound"));
    expect(names[5]).toBe("RequestLimitExceeded");
  });

  test("each operation has its own, settable", async () => {
    const once = { burst: 1, perSecond: 0.001 };
    rig = await startRig({ rates: { RunInstances: once, DescribeInstances: once, TerminateInstances: once } });
    const { ec2 } = rig;
    const id = await rig.launch();
    const calls = [
      () => rig?.run() ?? Promise.resolve(),
      () => ec2.send(new DescribeInstancesCommand({})),
      () => ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] })),
    ];
    await calls[1]?.();
    await calls[2]?.();
    for (const call of calls) {
      expect(await errorOf(call())).toEqual({
        name: "RequestLimitExceeded",
        status: 503,
        message: expect.stringContaining("Request limit exceeded."),
      });
    }
  });

  test("launched instances have a bucket too", async () => {
    const plenty = { burst: 100, perSecond: 1 };
    rig = await startRig({ rates: { RunInstances: plenty, launchedInstances: { burst: 3, perSecond: 0.001 } } });
    await rig.run({ MinCount: 2, MaxCount: 2 });
    expect(await errorOf(rig.run({ MinCount: 2, MaxCount: 2 }))).toMatchObject({
      name: "RequestLimitExceeded",
      status: 503,
    });
    await rig.run();
    expect(rig.aws.launches()).toBe(3);
  });
});

describe("capacity", () => {
  test("by type, subnet and market: what is beside it goes on", async () => {
    const capacity: CapacityLimit[] = [
      { instanceType: "c7i.large", subnet: subnetA, most: 0 },
      { market: "spot", most: 1 },
    ];
    rig = await startRig({ capacity });
    const { run } = rig;
    expect(await errorOf(run())).toEqual({
      name: "InsufficientInstanceCapacity",
      status: 500,
      message: expect.stringMatching(/sufficient c7i\.large capacity .*\(eu-central-1a\)/),
    });
    await run({ SubnetId: subnetB });
    await run({ InstanceType: "c7a.large" });
    await run({ SubnetId: subnetB, ...spot });
    expect(await errorOf(run({ SubnetId: subnetB, ...spot }))).toEqual({
      name: "InsufficientInstanceCapacity",
      status: 500,
      message: expect.stringContaining("no Spot capacity"),
    });
    // more has come
    capacity.shift();
    await run();
  });

  test("between MinCount and MaxCount as many as there is room for; an end makes room", async () => {
    rig = await startRig({ capacity: [{ most: 3 }] });
    const { Instances = [] } = await rig.run({ MinCount: 2, MaxCount: 10 });
    expect(Instances).toHaveLength(3);
    expect((await errorOf(rig.run())).name).toBe("InsufficientInstanceCapacity");
    const id = Instances[0]?.InstanceId ?? "";
    await rig.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await rig.reaches(id, "terminated");
    expect((await errorOf(rig.run({ MinCount: 2, MaxCount: 2 }))).name).toBe("InsufficientInstanceCapacity");
    await rig.run({ MinCount: 1, MaxCount: 2 });
    expect(rig.aws.launches()).toBe(4);
  });

  test("a type that the zone does not have, and a subnet without addresses", async () => {
    rig = await startRig({
      subnets: {
        [subnetA]: { zone: "eu-central-1a", unsupportedTypes: ["c7i.large"] },
        [subnetB]: { zone: "eu-central-1b", addresses: 1 },
      },
    });
    expect(await errorOf(rig.run())).toEqual({
      name: "Unsupported",
      status: 400,
      message: expect.stringContaining("(c7i.large) is not supported in your requested Availability Zone"),
    });
    await rig.run({ SubnetId: subnetB });
    expect(await errorOf(rig.run({ SubnetId: subnetB }))).toMatchObject({
      name: "InsufficientFreeAddressesInSubnet",
      status: 400,
    });
  });
});

describe("vCPU quotas", () => {
  test("on demand and spot are counted apart, by vCPU, until an instance is no longer pending or running", async () => {
    rig = await startRig({ quotas: { "L-1216C47A": 7, "L-34B43A08": 4 } });
    const first = await rig.launch({ InstanceType: "c7i.xlarge" });
    await rig.run();
    expect(await errorOf(rig.run())).toEqual({
      name: "VcpuLimitExceeded",
      status: 400,
      message: expect.stringContaining("current vCPU limit of 7"),
    });
    await rig.run({ ...spot, InstanceType: "c7i.xlarge" });
    expect(await errorOf(rig.run(spot))).toMatchObject({ name: "MaxSpotInstanceCountExceeded", status: 400 });
    await rig.ec2.send(new TerminateInstancesCommand({ InstanceIds: [first] }));
    await rig.run();
    await rig.run();
    expect((await errorOf(rig.run())).name).toBe("VcpuLimitExceeded");
  });
});
