import { gunzipSync } from "node:zlib";
import {
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
} from "@aws-sdk/client-ec2";
import type { EC2Client, Instance, InstanceAttributeName, Tag, Volume } from "@aws-sdk/client-ec2";
import { given } from "./moto.ts";

/** What moto has of a machine, asked by the SDK and not by the adapter. */
export type Ec2Machine = {
  readonly instance: Instance;
  readonly tags: object;
  readonly volumes: readonly Volume[];
  readonly shutdown: string | undefined;
  /** As EC2 keeps it, and unpacked. */
  readonly userData: Buffer;
  readonly script: string;
};

export async function ec2Machine(client: EC2Client, machineId: string): Promise<Ec2Machine> {
  const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [machineId] }));
  const instance = given(Reservations?.[0]?.Instances?.[0], `instance ${machineId}`);
  const attribute = async (Attribute: InstanceAttributeName) =>
    await client.send(new DescribeInstanceAttributeCommand({ InstanceId: machineId, Attribute }));
  const VolumeIds = (instance.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.VolumeId ?? []);
  const { Volumes = [] } = await client.send(new DescribeVolumesCommand({ VolumeIds }));
  const { UserData } = await attribute("userData");
  const userData = Buffer.from(given(UserData?.Value, "user data"), "base64");
  return {
    instance,
    tags: ownTags(instance.Tags),
    volumes: Volumes,
    shutdown: (await attribute("instanceInitiatedShutdownBehavior")).InstanceInitiatedShutdownBehavior?.Value,
    userData,
    script: gunzipSync(userData).toString("utf8"),
  };
}

/** Without those that AWS adds. */
export function ownTags(tags: readonly Tag[] = []): object {
  return Object.fromEntries(tags.filter(({ Key }) => !Key?.startsWith("aws:")).map(({ Key, Value }) => [Key, Value]));
}
