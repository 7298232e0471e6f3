import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import type { RunInstancesCommandInput } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ami, armAmi, credentials, errorOf, group, region, startRig, subnetA, subnetB, templateId } from "./rig.ts";
import type { Rig } from "./rig.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(async () => {
  await rig.close();
});

const awkward = `<a & "b"> &lt; \r\n\t\u{1F600} é`;
const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("a launch as the SDK sees it", () => {
  test("shows what was asked for and what is there by default", async () => {
    const { ReservationId, OwnerId, Instances } = await rig.run({
      ClientToken: "shown-1",
      SecurityGroupIds: [group],
      IamInstanceProfile: { Name: "runner" },
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1, InstanceMetadataTags: "disabled" },
      InstanceInitiatedShutdownBehavior: "terminate",
      BlockDeviceMappings: [
        {
          DeviceName: "/dev/sda1",
          Ebs: { VolumeType: "gp3", VolumeSize: 30, Encrypted: true, DeleteOnTermination: true },
        },
      ],
      TagSpecifications: [
        { ResourceType: "instance", Tags: [{ Key: "Name", Value: awkward }] },
        { ResourceType: "volume", Tags: [{ Key: "Name", Value: "v" }] },
        { ResourceType: "network-interface", Tags: [{ Key: "Name", Value: "" }] },
      ],
    });
    expect([ReservationId, OwnerId]).toEqual([expect.stringMatching(/^r-[0-9a-f]{17}$/), "123456789012"]);
    expect(Instances).toHaveLength(1);
    expect(Instances?.[0]).toMatchObject({
      InstanceId: expect.stringMatching(/^i-[0-9a-f]{17}$/),
      ImageId: ami,
      State: { Code: 0, Name: "pending" },
      InstanceType: "c7i.large",
      Placement: { AvailabilityZone: "eu-central-1a" },
      SubnetId: subnetA,
      PrivateIpAddress: expect.stringMatching(/^10\.0\.\d+\.\d+$/),
      SecurityGroups: [{ GroupId: group }],
      IamInstanceProfile: { Arn: "arn:aws:iam::123456789012:instance-profile/runner" },
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1, InstanceMetadataTags: "disabled" },
      ClientToken: "shown-1",
      Tags: [{ Key: "Name", Value: awkward }],
      BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { DeleteOnTermination: true } }],
    });
    expect(Instances?.[0]?.LaunchTime).toBeInstanceOf(Date);
    expect(Instances?.[0]?.InstanceLifecycle).toBeUndefined();
  });

  test.each([
    ["a text", Buffer.from("#!/bin/bash\necho \u00e4 'x' && true\n")],
    ["bytes that are no text", Buffer.from([0x1f, 0x8b, 8, 0, 0xff, 0xfe, 0x80])],
  ])("the machine gets its user data, decoded, and its role: %s", async (_what, userData) => {
    const UserData = userData.toString("base64");
    const id = await rig.launch({ UserData, IamInstanceProfile: { Name: "runner" } });
    await rig.reaches(id, "running");
    const machine = rig.machines.find(({ options }) => options.instanceId === id);
    expect(machine?.options).toMatchObject({
      userData,
      roleName: "runner",
      imageId: ami,
      instanceType: "c7i.large",
      region,
      zone: "eu-central-1a",
      account: "123456789012",
      market: "on-demand",
      awsUrl: rig.aws.url,
    });
    expect((await rig.describe(id)).State).toEqual({ Code: 16, Name: "running" });
  });

  test("without an instance profile there is no role", async () => {
    const id = await rig.launch();
    await rig.reaches(id, "running");
    expect(rig.machines.find(({ options }) => options.instanceId === id)?.options.roleName).toBeUndefined();
  });

  test("several at once share a reservation and are numbered", async () => {
    const { Instances = [] } = await rig.run({ MinCount: 2, MaxCount: 3 });
    expect(Instances.map((one) => one.AmiLaunchIndex)).toEqual([0, 1, 2]);
    expect(new Set(Instances.map((one) => one.InstanceId)).size).toBe(3);
    expect(new Set(Instances.map((one) => one.PrivateIpAddress)).size).toBe(3);
  });

  test("spot: its lifecycle, its request, its tags", async () => {
    const { Instances } = await rig.run({
      InstanceMarketOptions: {
        MarketType: "spot",
        SpotOptions: { SpotInstanceType: "one-time", InstanceInterruptionBehavior: "terminate" },
      },
      TagSpecifications: [{ ResourceType: "spot-instances-request", Tags: [{ Key: "a", Value: "b" }] }],
    });
    expect(Instances?.[0]).toMatchObject({
      InstanceLifecycle: "spot",
      SpotInstanceRequestId: expect.stringMatching(/^sir-/),
    });
    expect(rig.aws.instances().at(-1)).toMatchObject({ market: "spot", tags: {} });
  });

  test("the root disk is as large as the request says, else as the image", async () => {
    const root = { DeviceName: "/dev/sda1", Ebs: { VolumeSize: 45 } };
    const other = { DeviceName: "/dev/sdf", Ebs: { VolumeSize: 500 } };
    const ids = [
      await rig.launch({ BlockDeviceMappings: [other, root] }),
      await rig.launch({ BlockDeviceMappings: [other] }),
      await rig.launch({ ImageId: armAmi, InstanceType: "c7g.large" }),
    ];
    const seen = rig.aws.instances().filter(({ id }) => ids.includes(id));
    expect(seen.map(({ imageId, diskGb }) => [imageId, diskGb])).toEqual([
      [ami, 45],
      [ami, 8],
      [armAmi, 20],
    ]);
  });

  test("views for people, counts of launches", async () => {
    const before = { launches: rig.aws.launches(), calls: rig.aws.calls()["ec2.RunInstances"] ?? 0 };
    const id = await rig.launch({
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "k", Value: "v" }] }],
    });
    expect(rig.aws.instances().at(-1)).toEqual({
      id,
      state: expect.any(String),
      type: "c7i.large",
      imageId: ami,
      diskGb: 8,
      subnet: subnetA,
      market: "on-demand",
      tags: { k: "v" },
      launchedAtMs: expect.any(Number),
      stateReason: undefined,
    });
    expect(rig.aws.launches()).toBe(before.launches + 1);
    expect(rig.aws.calls()["ec2.RunInstances"]).toBe(before.calls + 1);
    expect(rig.aws.idle()).toBe(false);
  });
});

describe("what EC2 refuses", () => {
  const ebs = (Ebs: object, DeviceName = "/dev/sda1") => ({ BlockDeviceMappings: [{ DeviceName, Ebs }] });
  const tags = (...Tags: { Key: string; Value: string }[]) => ({
    TagSpecifications: [{ ResourceType: "instance" as const, Tags }],
  });
  const template = (LaunchTemplate: object) => ({ LaunchTemplate });

  const refusals: [string, Partial<RunInstancesCommandInput>, string, string?][] = [
    ["an unknown AMI", { ImageId: "ami-00000000000000000" }, "InvalidAMIID.NotFound", "[ami-00000000000000000]"],
    ["an AMI id that is none", { ImageId: "ubuntu" }, "InvalidAMIID.Malformed"],
    ["no AMI", { ImageId: undefined }, "MissingParameter", "ImageId"],
    ["an unknown subnet", { SubnetId: "subnet-1" }, "InvalidSubnetID.NotFound", "'subnet-1'"],
    ["no subnet", { SubnetId: undefined }, "VPCIdNotSpecified"],
    ["an unknown group", { SecurityGroupIds: ["sg-00000000000000009"] }, "InvalidGroup.NotFound"],
    ["a group id that is none", { SecurityGroupIds: ["default"] }, "InvalidGroupId.Malformed"],
    ["an unknown type", { InstanceType: "c99.large" as "c7i.large" }, "InvalidParameterValue", "InstanceType"],
    ["another architecture", { ImageId: armAmi }, "InvalidParameterValue", "architecture"],
    ["an unknown profile", { IamInstanceProfile: { Name: "admin" } }, "InvalidParameterValue", "iamInstanceProfile"],
    ["a template without name", template({ Version: "1" }), "MissingParameter"],
    ["an unknown template", template({ LaunchTemplateName: "x" }), "InvalidLaunchTemplateName.NotFoundException"],
    ["an unknown template id", template({ LaunchTemplateId: "lt-00000000" }), "InvalidLaunchTemplateId.NotFound"],
    ["a template id that is none", template({ LaunchTemplateId: "x" }), "InvalidLaunchTemplateId.Malformed"],
    [
      "an unknown version",
      template({ LaunchTemplateName: "mayfly", Version: "3" }),
      "InvalidLaunchTemplateId.VersionNotFound",
    ],
    ["user data that is not base64", { UserData: "#!/bin/bash" }, "InvalidUserData.Malformed"],
    ["16,385 bytes of user data", { UserData: base64("x".repeat(16_385)) }, "InvalidParameterValue", "16384"],
    [
      "more of it that is gzip",
      { UserData: gzipSync(randomBytes(17_000)).toString("base64") },
      "InvalidParameterValue",
      "16384",
    ],
    ["a token of 65 characters", { ClientToken: "x".repeat(65) }, "InvalidParameterValue", "64"],
    ["a token that is not ASCII", { ClientToken: "\u00e4" }, "InvalidParameterValue", "ASCII"],
    ["none at all", { MinCount: 0 }, "InvalidParameterValue", "MinCount"],
    ["more than at most", { MinCount: 2 }, "InvalidParameterValue", "maxCount"],
    ["MaxCount missing", { MaxCount: undefined }, "MissingParameter", "MaxCount"],
    ["a hop limit of 65", { MetadataOptions: { HttpPutResponseHopLimit: 65 } }, "InvalidParameterValue"],
    ["a root disk smaller than the image", ebs({ VolumeSize: 7 }), "InvalidBlockDeviceMapping", "8GB"],
    ["an unknown volume type", ebs({ VolumeType: "gp9" }), "InvalidParameterValue", "volume type"],
    ["throughput without gp3", ebs({ VolumeType: "gp2", Throughput: 125 }), "InvalidParameterCombination"],
    ["a key without encryption", ebs({ KmsKeyId: "k" }), "InvalidParameterCombination"],
    ["a second disk without size", ebs({ VolumeType: "gp3" }, "/dev/sdf"), "MissingParameter"],
    ["a reserved tag", tags({ Key: "aws:x", Value: "" }), "InvalidParameterValue", "aws:"],
    ["a tag twice", tags({ Key: "a", Value: "" }, { Key: "a", Value: "" }), "InvalidParameterValue", "Duplicate"],
    ["a long tag value", tags({ Key: "a", Value: "x".repeat(257) }), "InvalidParameterValue", "256"],
    [
      "51 tags",
      tags(...Array.from({ length: 51 }, (_, index) => ({ Key: String(index), Value: "" }))),
      "TagLimitExceeded",
    ],
    [
      "tags for what a launch does not make",
      { TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "a", Value: "b" }] }] },
      "InvalidParameterValue",
      "taggable",
    ],
    [
      "tags of a spot request on demand",
      { TagSpecifications: [{ ResourceType: "spot-instances-request", Tags: [{ Key: "a", Value: "b" }] }] },
      "InvalidParameterValue",
      "taggable",
    ],
    [
      "stopping a one-time spot instance",
      { InstanceMarketOptions: { MarketType: "spot", SpotOptions: { InstanceInterruptionBehavior: "stop" } } },
      "InvalidParameterCombination",
    ],
    ["what the sandbox does not know", { KeyName: "me" }, "UnknownParameter", "KeyName"],
  ];

  test.each(refusals)("%s", async (_, more, name, words = "") => {
    const before = rig.aws.launches();
    const error = await errorOf(rig.run(more));
    expect(error).toEqual({ name, status: 400, message: expect.stringContaining(words) });
    expect(rig.aws.launches()).toBe(before);
  });

  test("16,384 bytes of user data are not too much; of gzip the packed ones count", async () => {
    expect(await rig.launch({ UserData: base64("x".repeat(16_384)) })).toMatch(/^i-/);
    expect(await rig.launch({ UserData: gzipSync("x".repeat(100_000)).toString("base64") })).toMatch(/^i-/);
  });

  test("a dry run would have succeeded, or says what is wrong; it launches nothing and uses no token", async () => {
    const before = rig.aws.launches();
    const dry = { DryRun: true, ClientToken: "dry-1" };
    expect(await errorOf(rig.run(dry))).toMatchObject({ name: "DryRunOperation", status: 412 });
    expect(await errorOf(rig.run({ ...dry, SubnetId: "x" }))).toMatchObject({ name: "InvalidSubnetID.NotFound" });
    expect(rig.aws.launches()).toBe(before);
    expect(await rig.launch({ ClientToken: "dry-1" })).toMatch(/^i-/);
  });

  test("a request without signature, of another region or service", async () => {
    const body = "Action=RunInstances&Version=2016-11-15";
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const unsigned = await fetch(`${rig.aws.url}/`, { method: "POST", body, headers });
    const text = await unsigned.text();
    expect([unsigned.status, text]).toEqual([403, expect.stringContaining("<Code>MissingAuthenticationToken</Code>")]);
    expect(text).toMatch(/<RequestID>[0-9a-f-]{36}<\/RequestID><\/Response>$/);
    const client = new EC2Client({ region: "us-east-1", endpoint: rig.aws.url, maxAttempts: 1, credentials });
    const call = client.send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1 }));
    expect(await errorOf(call)).toMatchObject({ name: "AuthFailure", status: 401 });
    client.destroy();
  });
});

describe("ClientToken", () => {
  test("the same request again is the same answer, and nothing is launched", async () => {
    const request = { ClientToken: "again-1", UserData: base64("one") };
    const first = await rig.run(request);
    const launches = rig.aws.launches();
    const id = first.Instances?.[0]?.InstanceId ?? "";
    await rig.reaches(id, "running");
    const second = await rig.run(request);
    expect({ ...second, $metadata: undefined }).toEqual({ ...first, $metadata: undefined });
    expect(rig.aws.launches()).toBe(launches);
  });

  test("also when both arrive at once, and when the instance has ended meanwhile", async () => {
    const request = { ClientToken: "again-2" };
    const ids = await Promise.all([rig.launch(request), rig.launch(request), rig.launch(request)]);
    expect(new Set(ids).size).toBe(1);
    const [id] = ids;
    await rig.reaches(id, "running");
    rig.machines.find(({ options }) => options.instanceId === id)?.shutDown();
    await rig.reaches(id, "stopped");
    expect(await rig.launch(request)).toBe(id);
  });

  test.each<[string, Partial<RunInstancesCommandInput>]>([
    ["user data", { UserData: base64("other") }],
    ["subnet", { SubnetId: subnetB }],
    ["count", { MaxCount: 2 }],
    ["a tag", { TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "a", Value: "b" }] }] }],
  ])("another %s is a mismatch and launches nothing", async (what, more) => {
    const ClientToken = `other-${what}`;
    await rig.launch({ ClientToken });
    const before = rig.aws.launches();
    const error = await errorOf(rig.run({ ClientToken, ...more }));
    expect(error).toMatchObject({ name: "IdempotentParameterMismatch", status: 400 });
    expect(rig.aws.launches()).toBe(before);
  });

  test("a refused launch leaves its token free", async () => {
    const ClientToken = "free-1";
    expect((await errorOf(rig.run({ ClientToken, SubnetId: "x" }))).name).toBe("InvalidSubnetID.NotFound");
    expect(await rig.launch({ ClientToken })).toMatch(/^i-/);
  });
});

describe("launch templates", () => {
  const run = async (more: object): Promise<string> =>
    (await rig.ec2.send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1, ...more }))).Instances?.[0]?.InstanceId ??
    "";

  test("by name, by id, default and latest version", async () => {
    const LaunchTemplate = { LaunchTemplateName: "mayfly" };
    const first = await run({ LaunchTemplate, InstanceType: "c7i.large" });
    expect(await rig.describe(first)).toMatchObject({
      ImageId: ami,
      InstanceType: "c7i.large",
      SubnetId: subnetA,
      InstanceLifecycle: "spot",
      SecurityGroups: [{ GroupId: group }],
      IamInstanceProfile: { Arn: expect.stringContaining("/runner") },
    });
    const latest = { LaunchTemplateId: templateId, Version: "$Latest" };
    const second = await run({ LaunchTemplate: latest, SubnetId: subnetB });
    expect(await rig.describe(second)).toMatchObject({ InstanceType: "c7a.large", SubnetId: subnetB });
    const numbered = await run({ LaunchTemplate: { ...LaunchTemplate, Version: "2" }, SubnetId: subnetB });
    expect(await rig.describe(numbered)).toMatchObject({ InstanceType: "c7a.large" });
  });

  test("the request's own parameters win; other tags stay", async () => {
    const id = await run({
      LaunchTemplate: { LaunchTemplateName: "mayfly", Version: "2" },
      InstanceType: "m7i.large",
      SubnetId: subnetB,
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "mayfly:stack", Value: "request" }] }],
    });
    expect(rig.aws.instances().find((one) => one.id === id)).toMatchObject({
      type: "m7i.large",
      subnet: subnetB,
      tags: { "mayfly:stack": "request", kept: "yes" },
    });
  });
});
