import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ec2Provider } from "../../../src/adapters/compute/ec2/ec2.ts";
import type { Ec2Region } from "../../../src/adapters/compute/ec2/ec2-options.ts";
import { oncePerRegion } from "../../../src/adapters/compute/once-per-region.ts";
import type { ComputeProvider, LaunchRequest } from "../../../src/core/ports.ts";
import { computeProviderContract, launchRequest } from "../../contract/compute-provider.ts";
import { machineSpec } from "../../helpers/machine-spec.ts";
import { arm64Image, namedImage, script, startEc2Cloud } from "./ec2-cloud.ts";
import type { Ec2Cloud } from "./ec2-cloud.ts";
import { ec2Client } from "./ec2-server.ts";

const near = "eu-central-1";
const far = "us-west-2";
const farSubnets = [
  { id: "subnet-0a", zone: "us-west-2a" },
  { id: "subnet-0b", zone: "us-west-2b" },
];
const network = { name: "far", list: farSubnets };

/** One Mayfly in front of two regions, each with a cloud of its own that knows nothing of the other. */
type TwoClouds = {
  readonly near: Ec2Cloud;
  readonly far: Ec2Cloud;
  /** `regions`: where machines are launched. `down`: a region that cannot be reached. */
  provider(changes?: { readonly regions?: readonly string[]; readonly down?: string }): ComputeProvider;
  close(): Promise<void>;
};

async function startTwoClouds(): Promise<TwoClouds> {
  const clouds: Readonly<Record<string, Ec2Cloud>> = {
    [near]: await startEc2Cloud(near),
    [far]: await startEc2Cloud(far),
  };
  const cloudOf = (region: string): Ec2Cloud => {
    const cloud = clouds[region];
    if (cloud === undefined) throw new Error(`no cloud in ${region}`);
    return cloud;
  };
  const settingsOf = (region: string): Ec2Region => ({
    launchTemplate: { name: "mayfly", version: "1" },
    subnets: [{ id: "subnet-0b", zone: `${region}b` }],
    logGroup: `/mayfly/${region}`,
    certificates: [cloudOf(region).aws.instanceCertificate],
    ...(region === far ? { arm64ImageId: arm64Image } : {}),
  });
  return {
    near: cloudOf(near),
    far: cloudOf(far),
    provider: ({ regions = [near, far], down } = {}) =>
      ec2Provider({
        clients: oncePerRegion((region) =>
          ec2Client(region === down ? "http://127.0.0.1:1" : cloudOf(region).aws.url, region),
        ),
        region: near,
        regions: Object.fromEntries(regions.map((region) => [region, settingsOf(region)])),
        stack: "mayfly-test",
        account: "123456789012",
        userData: { script },
      }),
    async close() {
      await Promise.all([cloudOf(near).close(), cloudOf(far).close()]);
    },
  };
}

/** A request as the core makes it. */
function requestFor(provider: ComputeProvider, changes: Parameters<typeof machineSpec>[0] = {}): LaunchRequest {
  const spec = machineSpec(changes);
  return launchRequest({
    spec,
    candidate: provider.candidates?.(spec)[0],
    region: provider.regionOf?.(spec) ?? "none",
  });
}

const machinesIn = (cloud: Ec2Cloud, runnerName: string): number =>
  cloud.aws.instances().filter(({ tags }) => tags["mayfly:runner"] === runnerName).length;

const codes = {
  "lost-reply": "lost-reply",
  throttled: "RequestLimitExceeded",
  "server-error": "InternalError",
  forbidden: "UnauthorizedOperation",
} as const;

computeProviderContract("ec2 in another region than Mayfly's", async () => {
  const two = await startTwoClouds();
  const seen = { type: "c7i.large", imageId: "ami-0123456789abcdef0", subnet: "subnet-0a" };
  return {
    provider: two.provider(),
    usual: { subnets: network },
    had: [
      { spec: machineSpec({ subnets: network }), seen },
      {
        spec: machineSpec({ subnets: network, image: { name: "mine", id: namedImage } }),
        seen: { ...seen, imageId: namedImage },
      },
    ],
    seenOf: async (runnerName) =>
      two.far.aws
        .instances()
        .filter(({ tags }) => tags["mayfly:runner"] === runnerName)
        .map(({ type, imageId, subnet }) => ({ type, imageId, subnet })),
    notHad: [
      { spec: machineSpec({ subnets: network, image: { name: "mine", id: undefined } }), word: "mine" },
      {
        spec: machineSpec({ subnets: { name: "away", list: [{ id: "subnet-0a", zone: "sa-east-1a" }] } }),
        word: "sa-east-1",
      },
    ],
    unreachable: two.provider({ down: far }),
    machinesOf: async (runnerName) => machinesIn(two.near, runnerName) * 10 + machinesIn(two.far, runnerName),
    breakNextLaunch: (fault) => void two.far.broken.push(codes[fault]),
    proofOf: async (machineId) => await two.far.proofOf(machineId),
    async close() {
      expect(two.near.aws.calls()).toEqual({});
      await two.close();
    },
  };
});

describe("two regions", () => {
  let two: TwoClouds;
  let provider: ComputeProvider;
  beforeAll(async () => {
    two = await startTwoClouds();
    provider = two.provider();
  });
  afterAll(async () => {
    await two.close();
  });

  test("are told to the core, with what each of them offers", () => {
    expect(provider.traits).toMatchObject({
      regions: [near, far],
      logGroups: { [near]: "/mayfly/eu-central-1", [far]: "/mayfly/us-west-2" },
      offer: { archs: ["x64"], archsByRegion: { [near]: ["x64"], [far]: ["x64", "arm64"] } },
    });
    expect(two.provider({ regions: [far] }).traits.offer).toEqual({
      archs: [],
      archsByRegion: { [far]: ["x64", "arm64"] },
    });
  });

  test("a machine is where its network is, with what is there; without one at home", async () => {
    const plain = requestFor(provider);
    const away = requestFor(provider, { subnets: network });
    const arm = requestFor(provider, { subnets: network, arch: "arm64", instanceTypes: ["c7g.large"] });
    expect([plain, away, arm].map(({ region }) => region)).toEqual([near, far, far]);
    for (const request of [plain, away, arm]) await provider.launch(request);
    const names = [plain, away, arm].map(({ runnerName }) => runnerName);
    expect(names.map((name) => machinesIn(two.near, name))).toEqual([1, 0, 0]);
    expect(names.map((name) => machinesIn(two.far, name))).toEqual([0, 1, 1]);
    const armAtHome = requestFor(provider, { arch: "arm64", instanceTypes: ["c7g.large"] });
    await expect(provider.launch(armAtHome)).rejects.toThrow("no AMI is known for arm64 machines in eu-central-1");
  });

  test("a list and an end stay in their region", async () => {
    const [plain, away] = [requestFor(provider), requestFor(provider, { subnets: network })];
    const [{ machineId: here }, { machineId: there }] = [await provider.launch(plain), await provider.launch(away)];
    const shownIn = async (region: string): Promise<string[]> =>
      ((await provider.list({ region })) ?? []).flatMap(({ machineId, ended }) =>
        ended === undefined ? [machineId] : [],
      );
    expect(await shownIn(near)).toContain(here);
    expect(await shownIn(near)).not.toContain(there);
    expect(await shownIn(far)).toContain(there);
    expect(await shownIn(far)).not.toContain(here);
    await provider.terminate({ runnerName: away.runnerName, machineId: undefined, region: near });
    expect(await shownIn(far)).toContain(there);
    await provider.terminate({ runnerName: away.runnerName, machineId: undefined, region: far });
    expect(await shownIn(far)).not.toContain(there);
    expect(await shownIn(near)).toContain(here);
  });

  test("one that cannot be reached hides nothing of the other", async () => {
    const crippled = two.provider({ down: far });
    const request = requestFor(crippled);
    const { machineId } = await crippled.launch(request);
    const { runnerName } = request;
    expect(await crippled.list({ region: near, runnerName })).toEqual([{ machineId, runnerName }]);
    await expect(crippled.list({ region: far })).rejects.toMatchObject({ facts: { kind: "unavailable" } });
  });

  test("a proof counts in its own region only, whoever signed it", async () => {
    const [{ machineId: here = "" }, { machineId: there = "" }] = [
      await provider.launch(requestFor(provider)),
      await provider.launch(requestFor(provider, { subnets: network })),
    ];
    const [mine, theirs] = [await two.near.proofOf(here), await two.far.proofOf(there)];
    expect([await provider.identify?.(mine, near), await provider.identify?.(theirs, far)]).toEqual([here, there]);
    for (const [proof, region] of [
      [mine, far],
      [theirs, near],
      [mine, "sa-east-1"],
    ] as const) {
      // prettier-ignore
      expect(await provider.identify?.(proof, region)).toBeUndefined();
    }
  });
});

describe("a region that is not configured", () => {
  let two: TwoClouds;
  beforeAll(async () => {
    two = await startTwoClouds();
  });
  afterAll(async () => {
    await two.close();
  });

  test("launches nothing, and the refusal names it and those that are", async () => {
    const provider = two.provider({ regions: [near] });
    const message = "nothing is configured for EC2 machines in the region us-west-2 (configured: eu-central-1)";
    await expect(provider.launch(requestFor(provider, { subnets: network }))).rejects.toMatchObject({
      facts: { kind: "invalid", service: "ec2", operation: "RunInstances", message },
    });
    const elsewhere = two.provider({ regions: [far] });
    await expect(elsewhere.launch(requestFor(elsewhere))).rejects.toThrow("eu-central-1 (configured: us-west-2)");
    expect([two.near.aws.launches(), two.far.aws.launches()]).toEqual([0, 0]);
  });

  test("any more: machines that are still there are listed and ended", async () => {
    const request = requestFor(two.provider(), { subnets: network });
    const { machineId } = await two.provider().launch(request);
    const { runnerName, region } = request;
    const later = two.provider({ regions: [near] });
    expect(await later.list({ region, runnerName })).toEqual([{ machineId, runnerName }]);
    await later.terminate({ runnerName, machineId, region });
    expect((await later.list({ region, runnerName }))?.[0]?.ended).toEqual(expect.any(String));
  });
});
