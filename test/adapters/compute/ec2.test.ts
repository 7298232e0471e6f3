import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { computeProviderContract, launchRequest } from "../../contract/compute-provider.ts";
import { machineSpec } from "../../helpers/machine-spec.ts";
import { arm64Image, namedImage, privateSubnet, startEc2Cloud } from "./ec2-cloud.ts";
import type { Ec2Cloud } from "./ec2-cloud.ts";
import { ec2Client } from "./ec2-server.ts";

const codes = {
  "lost-reply": "lost-reply",
  throttled: "RequestLimitExceeded",
  "server-error": "InternalError",
  forbidden: "UnauthorizedOperation",
} as const;

const usual = { type: "c7i.large", imageId: "ami-0123456789abcdef0", diskGb: 30, subnet: "subnet-0a", market: "spot" };
const unknown = "ami-0fffffffffffffff0";
const region = "eu-central-1";

computeProviderContract("ec2", async () => {
  const cloud = await startEc2Cloud();
  return {
    provider: cloud.provider({ arm64ImageId: arm64Image }),
    had: [
      { spec: machineSpec(), seen: usual },
      { spec: machineSpec({ diskGb: 80, spot: "never" }), seen: { ...usual, diskGb: 80, market: "on-demand" } },
      {
        spec: machineSpec({ arch: "arm64", instanceTypes: ["c7g.xlarge"], spot: "only" }),
        seen: { ...usual, type: "c7g.xlarge", imageId: arm64Image },
      },
      {
        spec: machineSpec({
          image: { name: "mine", id: namedImage },
          subnets: { name: "private", list: [privateSubnet] },
        }),
        seen: { ...usual, imageId: namedImage, subnet: privateSubnet.id },
      },
    ],
    seenOf: async (runnerName) =>
      cloud.aws
        .instances()
        .filter(({ tags }) => tags["mayfly:runner"] === runnerName)
        .map(({ type, imageId, diskGb, subnet, market }) => ({ type, imageId, diskGb, subnet, market })),
    notHad: [
      { spec: machineSpec({ image: { name: "mine", id: undefined } }), word: "mine" },
      { spec: machineSpec({ subnets: { name: "private", list: [] } }), word: "private" },
      { spec: machineSpec({ arch: "arm64", instanceTypes: ["c7i.large"] }), word: "architecture" },
      { spec: machineSpec({ instanceTypes: ["c7g.large"] }), word: "architecture" },
      { spec: machineSpec({ diskGb: 4 }), word: "smaller than snapshot" },
    ],
    unreachable: cloud.provider({ clients: () => ec2Client("http://127.0.0.1:1") }),
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
      regions: ["eu-central-1"],
      logGroups: { "eu-central-1": "/mayfly/ec2" },
      launchRate: { burst: 1, perSecond: 2 },
      offer: { archs: ["x64"], archsByRegion: { "eu-central-1": ["x64"] } },
    });
    expect(cloud.provider({ arm64ImageId: arm64Image }).traits.offer).toEqual({
      archs: ["x64", "arm64"],
      archsByRegion: { "eu-central-1": ["x64", "arm64"] },
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
    for (const candidate of provider.candidates?.(machineSpec()) ?? []) {
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
    const request = launchRequest({ candidate: cloud.provider().candidates?.(machineSpec())[0] });
    cloud.broken.push("lost-reply");
    await expect(cloud.provider().launch(request)).rejects.toMatchObject({ facts: { kind: "lost-reply" } });
    const { machineId } = await cloud.provider({ imageId: namedImage }).launch(request);
    const machines = cloud.aws.instances().filter((one) => one.tags["mayfly:runner"] === request.runnerName);
    expect(machines.map((one) => one.id)).toEqual([machineId]);
  });

  test.each([
    ["InsufficientInstanceCapacity", { kind: "capacity", blocks: "candidate" }],
    ["InsufficientFreeAddressesInSubnet", { kind: "capacity", blocks: "subnet" }],
    ["VcpuLimitExceeded", { kind: "quota", quota: "Running On-Demand Standard instances (L-1216C47A)" }],
  ])("%s started nothing", async (code, facts) => {
    const request = launchRequest({ candidate: cloud.provider().candidates?.(machineSpec())[0] });
    cloud.broken.push(code);
    await expect(cloud.provider().launch(request)).rejects.toMatchObject({ facts });
    expect(await cloud.provider().list({ region, runnerName: request.runnerName })).toEqual([]);
  });

  test("an AMI that is not there is not found, and so is a subnet", async () => {
    const { candidate } = launchRequest({ candidate: cloud.provider().candidates?.(machineSpec())[0] });
    if (candidate === undefined) throw new Error("nothing to choose from");
    const image = { name: "gone", id: unknown };
    const launches = [
      { candidate, spec: machineSpec({ image }) },
      { candidate: { ...candidate, subnet: "subnet-0f" } },
    ];
    for (const changes of launches) {
      await expect(cloud.provider().launch(launchRequest(changes))).rejects.toMatchObject({
        facts: { kind: "not-found", code: expect.stringMatching(/^Invalid(AMI|Subnet)ID\.NotFound$/) },
      });
    }
  });

  test("machines of another stack are not seen, and not ended", async () => {
    const request = launchRequest({ candidate: cloud.provider().candidates?.(machineSpec())[0] });
    await cloud.provider().launch(request);
    const other = cloud.provider({ stack: "mayfly-other" });
    expect(await other.list({ region })).toEqual([]);
    await other.terminate({ runnerName: request.runnerName, machineId: undefined, region });
    expect((await cloud.provider().list({ region, runnerName: request.runnerName }))?.[0]?.ended).toBeUndefined();
  });
});
