import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  EC2Client,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ec2Provider } from "../../src/adapters/compute/ec2/ec2.ts";
import type { Ec2Options, Ec2Region } from "../../src/adapters/compute/ec2/ec2-options.ts";
import { oncePerRegion } from "../../src/adapters/compute/once-per-region.ts";
import { CallError } from "../../src/core/errors/call-error.ts";
import type { Candidate } from "../../src/core/model/machine.ts";
import type { ComputeProvider, LaunchRequest } from "../../src/core/ports.ts";
import { machineSpec } from "../helpers/machine-spec.ts";
import { ec2Machine, ownTags } from "./ec2-machine.ts";
import type { Ec2Machine } from "./ec2-machine.ts";
import { makeEc2World } from "./ec2-world.ts";
import type { Ec2World } from "./ec2-world.ts";
import { given, home, newName, reach } from "./moto.ts";
import { notKept } from "./not-kept.ts";

const far = "us-west-2";
const diskGb = 33;
const instanceTypes = ["c7i.large", "c7a.large", "m7i.large"];
/** An asterisk in a filter's value means anything, unless it is escaped. */
const stack = `${newName()}*`;

let script: string;
let world: Ec2World;
let farWorld: Ec2World;
const made: EC2Client[] = [];
const clients = oncePerRegion((region) => {
  const client = new EC2Client(reach(region));
  made.push(client);
  return client;
});

beforeAll(async () => {
  script = await readFile(new URL("../../ec2-bootstrap/user-data.sh", import.meta.url), "utf8");
  world = await makeEc2World(clients(home), home);
  farWorld = await makeEc2World(clients(far), far);
});
afterAll(() => {
  for (const client of made) client.destroy();
});

/** A provider, with `changes` of what there is at home. */
function provider(changes: Partial<Ec2Options> = {}, atHome: Partial<Ec2Region> = {}): ComputeProvider {
  return ec2Provider({
    clients,
    region: home,
    regions: { [home]: { ...world.here, ...atHome }, [far]: farWorld.here },
    stack,
    userData: { script },
    ...changes,
  });
}

function candidates(): { readonly first: Candidate; readonly last: Candidate } {
  const all = provider().candidates?.(machineSpec({ instanceTypes })) ?? [];
  return { first: given(all[0], "first candidate"), last: given(all.at(-1), "last candidate") };
}

/** What the core would ask for: a machine for this runner. */
function requestFor(candidate: Candidate | undefined, runnerName: string, region = home): LaunchRequest {
  return {
    runnerName,
    repositoryId: 4711,
    region,
    spec: machineSpec({ diskGb }),
    candidate,
    candidateNumber: 1,
    claimToken: randomBytes(32).toString("hex"),
    hostUrl: "https://host.example/base",
    claimByMs: Date.now() + 300_000,
    endByMs: Date.now() + 21_600_000,
  };
}

test("candidates begin with spot and end on demand", () => {
  const { first, last } = candidates();
  expect([first.market, last.market]).toEqual(["spot", "on-demand"]);
});

describe.each([
  { market: "spot", which: "first", image: 0 },
  { market: "on-demand", which: "last", image: 1 },
] as const)("a machine ($market)", ({ market, which, image }) => {
  let request: LaunchRequest;
  let machine: Ec2Machine;
  let candidate: Candidate;
  let imageId: string;
  beforeAll(async () => {
    candidate = candidates()[which];
    imageId = given(world.images[image].ImageId, "image");
    request = requestFor(candidate, `mayfly-${market === "spot" ? 100 : 101}-1`);
    // the template's own image where none is configured
    const { machineId = "" } = await provider({}, image === 0 ? {} : { imageId }).launch(request);
    machine = await ec2Machine(world.client, machineId);
  });

  test("runs", () => {
    expect(machine.instance.State?.Name).toBe("running");
  });
  test("is of the type", () => {
    expect(machine.instance.InstanceType).toBe(candidate.instanceType);
  });
  test("is in the subnet and the zone", () => {
    const { SubnetId, Placement } = machine.instance;
    expect([SubnetId, Placement?.AvailabilityZone]).toEqual([candidate.subnet, candidate.zone]);
  });
  test("is bought on its market", () => {
    expect(machine.instance.InstanceLifecycle ?? "on-demand").toBe(market);
  });
  test("has the image", () => {
    expect(machine.instance.ImageId).toBe(imageId);
  });
  test("has the security group of the template", () => {
    expect(machine.instance.SecurityGroups?.map(({ GroupId }) => GroupId)).toEqual([world.securityGroup]);
  });
  test("is made of the version of the template that is asked for, not of the default one", () => {
    const version = machine.instance.Tags?.find(({ Key }) => Key === "aws:ec2launchtemplate:version")?.Value;
    expect(version).toBe("2");
  });
  // one hop and no tags are moto's own defaults too: another value is seen, a missing one is not
  test("has metadata for a token only, one hop away, without tags", () => {
    const { HttpTokens, HttpPutResponseHopLimit, InstanceMetadataTags } = machine.instance.MetadataOptions ?? {};
    expect([HttpTokens, HttpPutResponseHopLimit, InstanceMetadataTags]).toEqual(["required", 1, "disabled"]);
  });
  test("ends when it shuts down, whatever the template says", () => {
    expect(machine.shutdown).toBe("terminate");
  });
  test("has our tags and no others, its disk too", () => {
    const tags = {
      "mayfly:stack": stack,
      "mayfly:repository": "4711",
      "mayfly:runner": request.runnerName,
      Name: request.runnerName,
    };
    expect(machine.tags).toEqual(tags);
    expect(machine.volumes.map(({ Tags }) => ownTags(Tags))).toEqual([tags]);
  });
  test("has one disk, the image's root, that ends with it", () => {
    const shown = machine.instance.BlockDeviceMappings?.map(({ DeviceName, Ebs }) => [
      DeviceName,
      Ebs?.DeleteOnTermination,
    ]);
    expect(shown).toEqual([[world.images[image].RootDeviceName, true]]);
  });
  test("has a disk of the size, encrypted, of the kind gp3", () => {
    const facts = machine.volumes.map(({ VolumeType, Encrypted, Size }) => ({ VolumeType, Encrypted, Size }));
    expect(facts).toEqual([{ VolumeType: "gp3", Encrypted: true, Size: diskGb }]);
  });
  test("has user data that EC2 takes, a script that bash can read", () => {
    expect(machine.userData.length).toBeLessThanOrEqual(16_384);
    expect(machine.script).toMatch(/^#!\/bin\/bash\n/);
    expect(spawnSync("bash", ["-n"], { input: machine.script, encoding: "utf8" }).stderr).toBe("");
  });
  test("has the runner's settings in its user data, these and no more: a JIT config is fetched later", () => {
    const settings = [...machine.script.matchAll(/^(MAYFLY_\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]);
    expect(settings).toEqual([
      ["MAYFLY_RUNNER", request.runnerName],
      ["MAYFLY_TOKEN", request.claimToken],
      ["MAYFLY_HOST_URL", request.hostUrl],
      ["MAYFLY_CLAIM_BY_MS", String(request.claimByMs)],
      ["MAYFLY_END_BY_MS", String(request.endByMs)],
    ]);
    // a JIT config is JSON in base64, some kilobytes long
    expect(machine.script.match(/eyJ[\w+/=-]{20,}|[\w+/=-]{100,}/g)).toBeNull();
  });
});

type Shown = { readonly machineId: string; readonly runnerName: string; readonly ended: string | undefined };

async function launchAll(by: ComputeProvider, candidate: Candidate, names: readonly string[]): Promise<Shown[]> {
  const shown: Shown[] = [];
  for (const runnerName of names) {
    const { machineId = "" } = await by.launch(requestFor(candidate, runnerName));
    shown.push({ machineId, runnerName, ended: undefined });
  }
  return shown;
}

const byId = <T extends { readonly machineId: string }>(machines: readonly T[] | undefined): T[] | undefined =>
  machines?.toSorted((left, right) => (left.machineId < right.machineId ? -1 : 1));

/** A client that asks for two machines a page, not for the adapter's 1,000, and counts the pages. */
function smallPages(): { readonly client: EC2Client; readonly pages: () => number } {
  const client = new EC2Client(reach());
  made.push(client);
  let pages = 0;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        if (commandName !== "DescribeInstancesCommand") return await next(call);
        pages += 1;
        return await next({ ...call, input: { ...call.input, MaxResults: 2 } });
      },
    { step: "initialize" },
  );
  return { client, pages: () => pages };
}

describe("the list", () => {
  const mine = `${stack}list*`;
  const small = smallPages();
  let by: ComputeProvider;
  let machines: Shown[];
  beforeAll(async () => {
    by = provider({ clients: () => small.client, stack: mine });
  });

  test("is empty before the first launch", async () => {
    expect(await by.list({ region: home })).toEqual([]);
  });

  test("holds every machine of the stack that has a runner, over several pages, and no other", async () => {
    const { first } = candidates();
    // an asterisk that is not escaped would match this stack, too
    await launchAll(provider({ stack: `${mine}ing` }), first, ["mayfly-1-1"]);
    // the stack's, but it runs no jobs
    await world.client.send(
      new RunInstancesCommand({
        MinCount: 1,
        MaxCount: 1,
        ImageId: world.images[0].ImageId,
        InstanceType: "c7i.large",
        SubnetId: world.here.subnets[0]?.id,
        TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "mayfly:stack", Value: mine }] }],
      }),
    );
    machines = await launchAll(
      by,
      first,
      ["1-1", "1-10", "1-2", "2-1", "3-1", "3-1"].map((name) => `mayfly-${name}`),
    );
    const before = small.pages();
    expect(byId(await by.list({ region: home }))).toEqual(byId(machines));
    expect(small.pages() - before).toBeGreaterThanOrEqual(3);
  });

  test("of one runner holds its machines, one or more", async () => {
    const named = (name: string): Shown[] | undefined => byId(machines.filter((one) => one.runnerName === name));
    const of = async (runnerName: string): Promise<unknown> => byId(await by.list({ region: home, runnerName }));
    expect(await of("mayfly-1-1")).toEqual(named("mayfly-1-1"));
    expect(await of("mayfly-3-1")).toEqual(named("mayfly-3-1"));
    expect(named("mayfly-3-1")).toHaveLength(2);
  });

  test.each(["mayfly-1", "mayfly-*", "mayfly-1-?"])("of %s, which is nobody's name, is empty", async (runnerName) => {
    expect(await by.list({ region: home, runnerName })).toEqual([]);
  });
});

/** States as moto has them, in the order of the machines. */
async function statesOf({ client }: Ec2World, machines: readonly Shown[]): Promise<(string | undefined)[]> {
  const InstanceIds = machines.map((one) => one.machineId);
  const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds }));
  const instances = Reservations?.flatMap(({ Instances }) => Instances ?? []) ?? [];
  return InstanceIds.map((id) => instances.find(({ InstanceId }) => InstanceId === id)?.State?.Name);
}

describe("an end", () => {
  const [ends, runs] = ["terminated", "running"];
  let by: ComputeProvider;
  let machines: Shown[];
  const byName = { runnerName: "mayfly-6-1", machineId: undefined, region: home };
  const one = (): Parameters<ComputeProvider["terminate"]>[0] => ({
    runnerName: "mayfly-5-1",
    machineId: given(machines[0]?.machineId, "machine"),
    region: home,
  });
  beforeAll(async () => {
    by = provider({ stack: `${stack}end` });
    const { last } = candidates();
    machines = [
      ...(await launchAll(by, last, ["mayfly-5-1", "mayfly-6-1", "mayfly-6-1", "mayfly-6-10"])),
      ...(await launchAll(provider({ stack: `${stack}other` }), last, ["mayfly-6-1"])),
    ];
  });

  test("of what is unknown by name or id is none", async () => {
    await by.terminate({ runnerName: "mayfly-6-2", machineId: undefined, region: home });
    await by.terminate({ runnerName: "mayfly-6-2", machineId: "i-0123456789abcdef0", region: home });
    expect(await statesOf(world, machines)).toEqual([runs, runs, runs, runs, runs]);
  });
  test("by id is that one's", async () => {
    await by.terminate(one());
    expect(await statesOf(world, machines)).toEqual([ends, runs, runs, runs, runs]);
  });
  test("by name is that of all the runner's machines, of this stack only", async () => {
    await by.terminate(byName);
    expect(await statesOf(world, machines)).toEqual([ends, ends, ends, runs, runs]);
  });
  test("again is the same", async () => {
    await by.terminate(one());
    await by.terminate(byName);
    expect(await statesOf(world, machines)).toEqual([ends, ends, ends, runs, runs]);
  });
  test("is shown in the list, with its reason", async () => {
    const why = "Client.UserInitiatedShutdown: User initiated shutdown";
    const expected = machines
      .slice(0, 4)
      .map((machine, index) => ({ ...machine, ended: index < 3 ? why : undefined }) satisfies Shown);
    expect(byId(await by.list({ region: home }))).toEqual(byId(expected));
  });
});

/** All machines of moto in the subnets of this file, at home. */
async function machinesAtHome(): Promise<number> {
  const Filters = [{ Name: "subnet-id", Values: world.here.subnets.map(({ id }) => id) }];
  const { Reservations = [], NextToken } = await world.client.send(new DescribeInstancesCommand({ Filters }));
  if (NextToken !== undefined) throw new Error("more machines than this file started");
  return Reservations.flatMap(({ Instances = [] }) => Instances).length;
}

describe("a launch is refused", () => {
  type Refusal = { readonly atHome?: Partial<Ec2Region>; readonly candidate?: Partial<Candidate> };
  test.each<[string, string, () => Refusal]>([
    // EC2 itself calls an unknown type InvalidParameterValue, which is `invalid`; to the core both are final
    ["an unknown instance type", "not-found", () => ({ candidate: { instanceType: "c7i.tiny" } })],
    ["an unknown subnet", "not-found", () => ({ candidate: { subnet: "subnet-0123456789abcdef0" } })],
    ["an unknown image", "not-found", () => ({ atHome: { imageId: "ami-0123456789abcdef0" } })],
    ["a malformed image", "invalid", () => ({ atHome: { imageId: "image" } })],
    ["an unknown template", "not-found", () => ({ atHome: { launchTemplate: { name: "no-such", version: "1" } } })],
    [
      "an unknown version of the template",
      "not-found",
      () => ({ atHome: { launchTemplate: { name: world.name, version: "9" } } }),
    ],
  ])("for %s: %s, and no machine is left", async (_, kind, refusal) => {
    const { atHome, candidate } = refusal();
    const before = await machinesAtHome();
    const asked = requestFor({ ...candidates().first, ...candidate }, "mayfly-9-1");
    const error: unknown = await provider({}, atHome)
      .launch(asked)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CallError);
    expect((error as CallError).facts).toMatchObject({ service: "ec2", operation: "RunInstances", kind });
    expect(await machinesAtHome()).toBe(before);
  });
});

describe("two regions", () => {
  const mine = `${newName()}-regions`;
  let by: ComputeProvider;
  /** A machine for a runner that asks for these subnets, in the region that follows from them. */
  const launchIn = async (runnerName: string, list?: Ec2Region["subnets"]) => {
    const spec = machineSpec({ instanceTypes, diskGb, ...(list && { subnets: { name: "named", list } }) });
    const region = by.regionOf?.(spec) ?? "none";
    const request = { ...requestFor(by.candidates?.(spec)[0], runnerName, region), spec };
    return { region, machineId: given((await by.launch(request)).machineId, "machine") };
  };
  const shownIn = async (region: string): Promise<string[]> =>
    ((await by.list({ region })) ?? []).flatMap(({ machineId, ended }) => (ended === undefined ? [machineId] : []));
  let near: { readonly region: string; readonly machineId: string };
  let away: { readonly region: string; readonly machineId: string };
  beforeAll(async () => {
    by = provider({ stack: mine });
    near = await launchIn("mayfly-20-1");
    away = await launchIn("mayfly-21-1", farWorld.here.subnets);
  });

  test("a machine is made where its subnets are, of what there is in that region", async () => {
    expect([near.region, away.region]).toEqual([home, far]);
    const { instance, volumes } = await ec2Machine(farWorld.client, away.machineId);
    expect(instance).toMatchObject({
      SubnetId: farWorld.here.subnets[0]?.id,
      ImageId: farWorld.images[0].ImageId,
      SecurityGroups: [{ GroupId: farWorld.securityGroup }],
    });
    expect(volumes.map(({ AvailabilityZone }) => AvailabilityZone)).toEqual([`${far}a`]);
    await expect(ec2Machine(world.client, away.machineId)).rejects.toMatchObject({
      name: "InvalidInstanceID.NotFound",
    });
  });

  test("a list is that of its region", async () => {
    expect([await shownIn(home), await shownIn(far)]).toEqual([[near.machineId], [away.machineId]]);
    expect(await shownIn("eu-west-1")).toEqual([]);
  });

  test("an end stays in its region", async () => {
    await by.terminate({ runnerName: "mayfly-21-1", machineId: away.machineId, region: home });
    await by.terminate({ runnerName: "mayfly-21-1", machineId: undefined, region: home });
    expect(await shownIn(far)).toEqual([away.machineId]);
    await by.terminate({ runnerName: "mayfly-21-1", machineId: undefined, region: far });
    expect([await shownIn(home), await shownIn(far)]).toEqual([[near.machineId], []]);
  });

  test("a subnet and a template of another region are unknown there", async () => {
    const candidateIn = ({ here }: Ec2World): Candidate => ({
      ...candidates().first,
      subnet: given(here.subnets[0]?.id, "subnet"),
    });
    const unknown = { facts: { service: "ec2", kind: "not-found" } };
    const wrongSubnet = requestFor(candidateIn(world), "mayfly-22-1", far);
    await expect(by.launch(wrongSubnet)).rejects.toMatchObject(unknown);
    const wrongTemplate = provider({ stack: mine, regions: { [far]: world.here } });
    const rightSubnet = requestFor(candidateIn(farWorld), "mayfly-23-1", far);
    await expect(wrongTemplate.launch(rightSubnet)).rejects.toMatchObject(unknown);
  });
});

notKept("client tokens: the same request again is a second machine", 2, async () => {
  const request = requestFor(candidates().first, "mayfly-30-1");
  const ids = [await provider().launch(request), await provider().launch(request)].map(({ machineId }) => machineId);
  return new Set(ids).size;
});

notKept("the limit of 16 KB for user data", expect.stringMatching(/^i-/), async () => {
  const UserData = randomBytes(20_000).toString("base64");
  const one = { MinCount: 1, MaxCount: 1, ImageId: world.images[0].ImageId, UserData };
  const { Instances } = await world.client.send(
    new RunInstancesCommand({ ...one, SubnetId: world.here.subnets[0]?.id }),
  );
  return Instances?.[0]?.InstanceId;
});

notKept("an image in the template that is not there", expect.stringMatching(/^i-/), async () => {
  const { name } = world;
  // the first version of the template
  const by = provider({}, { launchTemplate: { name, version: "1" } });
  return (await by.launch(requestFor(candidates().first, "mayfly-33-1"))).machineId;
});

notKept("what an unknown template's id is answered with: it fails itself", "unavailable", async () => {
  const by = provider({}, { launchTemplate: { id: "lt-0123456789abcdef0", version: "1" } });
  const error: unknown = await by
    .launch(requestFor(candidates().first, "mayfly-34-1"))
    .catch((caught: unknown) => caught);
  return error instanceof CallError ? error.facts.kind : error;
});

notKept("tags of network interfaces", [{}], async () => {
  const { machineId = "" } = await provider().launch(requestFor(candidates().first, "mayfly-31-1"));
  const Filters = [{ Name: "attachment.instance-id", Values: [machineId] }];
  const { NetworkInterfaces } = await world.client.send(new DescribeNetworkInterfacesCommand({ Filters }));
  return NetworkInterfaces?.map(({ TagSet }) => ownTags(TagSet));
});

notKept("the spot request behind a spot machine", undefined, async () => {
  const { machineId = "" } = await provider().launch(requestFor(candidates().first, "mayfly-32-1"));
  return (await ec2Machine(world.client, machineId)).instance.SpotInstanceRequestId;
});
