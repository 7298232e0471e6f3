import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { computeProviderContract, launchRequest } from "../../contract/compute-provider.ts";
import { startEc2Cloud } from "./ec2-cloud.ts";
import type { Ec2Cloud } from "./ec2-cloud.ts";
import { ec2Client } from "./ec2-server.ts";

const codes = {
  "lost-reply": "lost-reply",
  throttled: "RequestLimitExceeded",
  "server-error": "InternalError",
  forbidden: "UnauthorizedOperation",
} as const;

computeProviderContract("ec2", async () => {
  const cloud = await startEc2Cloud();
  return {
    provider: cloud.provider(),
    unreachable: cloud.provider({ client: ec2Client("http://127.0.0.1:1") }),
    machinesOf: async (runnerName) =>
      cloud.aws.instances().filter((instance) => instance.tags["mayfly:runner"] === runnerName).length,
    breakNextLaunch: (fault) => void cloud.broken.push(codes[fault]),
    proofOf: async (machineId) => await cloud.proofOf(machineId),
    close: async () => await cloud.close(),
  };
});

describe("ec2", () => {
  let cloud: Ec2Cloud;
  beforeAll(async () => {
    cloud = await startEc2Cloud();
  });
  afterAll(async () => {
    await cloud.close();
  });

  test("its traits are EC2's, or the operator's", () => {
    expect(cloud.provider().traits).toEqual({
      execution: "ec2",
      claimWithinSeconds: 300,
      lifetimeSeconds: 21_600,
      usualStartSeconds: 90,
      logGroup: "/mayfly/ec2",
      launchRate: { burst: 1, perSecond: 2 },
    });
    const changes = {
      claimWithinSeconds: 20,
      lifetimeSeconds: 60,
      usualStartSeconds: 3,
      launchRate: { burst: 1000, perSecond: 1000 },
    };
    expect(cloud.provider(changes).traits).toMatchObject(changes);
  });

  test("a machine is of the market, type and subnet that were asked for, and says whose it is", async () => {
    const provider = cloud.provider();
    for (const candidate of provider.candidates?.({}) ?? []) {
      const request = launchRequest({ candidate });
      const { machineId } = await provider.launch(request);
      const instance = cloud.aws.instances().find((one) => one.id === machineId);
      const { market, instanceType: type, subnet } = candidate;
      expect(instance).toMatchObject({ market, type, subnet });
      expect(instance?.tags).toEqual({
        "mayfly:stack": "mayfly-test",
        "mayfly:repository": "71",
        "mayfly:runner": request.runnerName,
        Name: request.runnerName,
      });
    }
  });

  test("settings that change between two calls of one launch start no second machine", async () => {
    const request = launchRequest({ candidate: cloud.provider().candidates?.({})[0] });
    cloud.broken.push("lost-reply");
    await expect(cloud.provider().launch(request)).rejects.toMatchObject({ facts: { kind: "lost-reply" } });
    const { machineId } = await cloud.provider({ diskGb: 60 }).launch(request);
    const machines = cloud.aws.instances().filter((one) => one.tags["mayfly:runner"] === request.runnerName);
    expect(machines.map((one) => one.id)).toEqual([machineId]);
  });

  test.each([
    ["InsufficientInstanceCapacity", { kind: "capacity", blocks: "candidate" }],
    ["InsufficientFreeAddressesInSubnet", { kind: "capacity", blocks: "subnet" }],
    ["VcpuLimitExceeded", { kind: "quota", quota: "Running On-Demand Standard instances (L-1216C47A)" }],
  ])("%s started nothing", async (code, facts) => {
    const request = launchRequest({ candidate: cloud.provider().candidates?.({})[0] });
    cloud.broken.push(code);
    await expect(cloud.provider().launch(request)).rejects.toMatchObject({ facts });
    expect(await cloud.provider().list(request.runnerName)).toEqual([]);
  });

  test("machines of another stack are not seen, and not ended", async () => {
    const request = launchRequest({ candidate: cloud.provider().candidates?.({})[0] });
    await cloud.provider().launch(request);
    const other = cloud.provider({ stack: "mayfly-other" });
    expect(await other.list()).toEqual([]);
    await other.terminate({ runnerName: request.runnerName, machineId: undefined });
    expect((await cloud.provider().list(request.runnerName))?.[0]?.ended).toBeUndefined();
  });
});
