import { spawnSync } from "node:child_process";
import {
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
} from "@aws-sdk/client-ec2";
import type { Image, Instance, Tag } from "@aws-sdk/client-ec2";
import { ec2Provider } from "../../src/adapters/compute/ec2/ec2.ts";
import type { Ec2Options } from "../../src/adapters/compute/ec2/ec2-options.ts";
import type { Candidate } from "../../src/core/model/machine.ts";
import type { LaunchRequest } from "../../src/core/ports.ts";
import { check } from "./checks.ts";
import { given } from "./given.ts";
import { diskGb, launchRequest } from "./launch-request.ts";
import type { World } from "./world.ts";

/** Launches one candidate and judges what moto has then. */
export async function judgeLaunch(
  world: World,
  candidate: Candidate,
  image: Image,
  options: Ec2Options,
): Promise<void> {
  const { market, instanceType, subnet, zone } = candidate;
  const request = launchRequest(candidate, `mayfly-${market === "spot" ? 100 : 101}-1`);
  const { machineId = "" } = await ec2Provider(options).launch(request);
  const one = await instanceOf(world, machineId);
  const says = (words: string): string => `launch ${market} ${instanceType}: ${words}`;

  check(says("runs"), one.State?.Name, "running");
  check(says("instance type"), one.InstanceType, instanceType);
  check(says("subnet and zone"), [one.SubnetId, one.Placement?.AvailabilityZone], [subnet, zone]);
  check(says("market"), one.InstanceLifecycle ?? "on-demand", market);
  check(says("image"), one.ImageId, image.ImageId);
  check(
    says("security group of the template"),
    one.SecurityGroups?.map(({ GroupId }) => GroupId),
    [world.securityGroup],
  );
  const version = one.Tags?.find(({ Key }) => Key === "aws:ec2launchtemplate:version")?.Value;
  check(says("version of the template"), version, options.launchTemplate.version);
  const { HttpTokens, HttpPutResponseHopLimit, InstanceMetadataTags } = one.MetadataOptions ?? {};
  check(
    says("metadata: token wanted, one hop, no tags"),
    [HttpTokens, HttpPutResponseHopLimit, InstanceMetadataTags],
    ["required", 1, "disabled"],
  );
  const shutdown = await world.client.send(
    new DescribeInstanceAttributeCommand({ InstanceId: machineId, Attribute: "instanceInitiatedShutdownBehavior" }),
  );
  check(says("shutdown terminates"), shutdown.InstanceInitiatedShutdownBehavior?.Value, "terminate");
  const tags = {
    "mayfly:stack": options.stack,
    "mayfly:repository": "4711",
    "mayfly:runner": request.runnerName,
    Name: request.runnerName,
  };
  check(says("tags of the instance"), own(one.Tags), tags);
  await judgeDisk(world, one, image, tags, says);
  await judgeUserData(world, machineId, request, says);
}

type Says = (words: string) => string;

async function judgeDisk(world: World, one: Instance, image: Image, tags: object, says: Says): Promise<void> {
  const disks = one.BlockDeviceMappings ?? [];
  const shown = disks.map(({ DeviceName, Ebs }) => [DeviceName, Ebs?.DeleteOnTermination]);
  check(says("one disk, the image's root, that ends with the machine"), shown, [[image.RootDeviceName, true]]);
  const { Volumes = [] } = await world.client.send(
    new DescribeVolumesCommand({ VolumeIds: [given(disks[0]?.Ebs?.VolumeId, "volume")] }),
  );
  const facts = Volumes.map(({ VolumeType, Encrypted, Size }) => ({ VolumeType, Encrypted, Size }));
  check(says("disk"), facts, [{ VolumeType: "gp3", Encrypted: true, Size: diskGb }]);
  check(says("tags of the disk"), own(Volumes[0]?.Tags), tags);
}

async function judgeUserData(world: World, machineId: string, request: LaunchRequest, says: Says): Promise<void> {
  const { UserData } = await world.client.send(
    new DescribeInstanceAttributeCommand({ InstanceId: machineId, Attribute: "userData" }),
  );
  const text = Buffer.from(given(UserData?.Value, "user data"), "base64").toString("utf8");
  check(says("user data begins with #!/bin/bash"), text.split("\n", 1), ["#!/bin/bash"]);
  const settings = [...text.matchAll(/^(MAYFLY_\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]);
  // these and no more: a JIT config is fetched by the machine
  check(says("user data has the runner's settings"), settings, [
    ["MAYFLY_RUNNER", request.runnerName],
    ["MAYFLY_TOKEN", request.claimToken],
    ["MAYFLY_HOST_URL", request.hostUrl],
    ["MAYFLY_CLAIM_BY_MS", String(request.claimByMs)],
    ["MAYFLY_END_BY_MS", String(request.endByMs)],
  ]);
  // a JIT config is JSON in base64, some kilobytes long
  check(says("user data has no JIT config"), text.match(/eyJ[\w+/=-]{20,}|[\w+/=-]{100,}/g), null);
  check(says("user data is bash"), spawnSync("bash", ["-n"], { input: text, encoding: "utf8" }).stderr, "");
}

async function instanceOf({ client }: World, machineId: string): Promise<Instance> {
  const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [machineId] }));
  return given(Reservations?.[0]?.Instances?.[0], `instance ${machineId}`);
}

const own = (tags: readonly Tag[] = []): object =>
  Object.fromEntries(tags.filter(({ Key }) => !Key?.startsWith("aws:")).map(({ Key, Value }) => [Key, Value]));
