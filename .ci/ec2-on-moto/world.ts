import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import type { Image } from "@aws-sdk/client-ec2";
import type { Ec2Options } from "../../src/adapters/compute/ec2/ec2-options.ts";
import { given } from "./given.ts";

const region = "eu-central-1";

/** What moto has been given before the adapter comes. */
export type World = {
  readonly client: EC2Client;
  readonly options: Ec2Options;
  /** Of the launch template, and another one. */
  readonly images: readonly [Image, Image];
  readonly securityGroup: string;
};

/** A client of moto. */
export const ec2Client = (endpoint: string): EC2Client =>
  new EC2Client({ region, endpoint, maxAttempts: 1, credentials: { accessKeyId: "moto", secretAccessKey: "moto" } });

/** Gives moto a network, a security group and a launch template, apart from those of every earlier run. */
export async function makeWorld(endpoint: string): Promise<World> {
  const client = ec2Client(endpoint);
  const images = await client.send(
    new DescribeImagesCommand({ Filters: [{ Name: "name", Values: ["ubuntu/images/hvm-ssd/*"] }] }),
  );
  const [image, otherImage] = images.Images ?? [];
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: "10.77.0.0/16" }));
  const VpcId = given(Vpc?.VpcId, "VPC");
  const subnets: { id: string; zone: string }[] = [];
  for (const [index, zone] of [`${region}a`, `${region}b`].entries()) {
    const CidrBlock = `10.77.${index}.0/24`;
    const { Subnet } = await client.send(new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone: zone }));
    subnets.push({ id: given(Subnet?.SubnetId, "subnet"), zone });
  }
  const { GroupId } = await client.send(
    new CreateSecurityGroupCommand({ VpcId, GroupName: "mayfly", Description: "runners" }),
  );
  const securityGroup = given(GroupId, "security group");
  const run = randomBytes(4).toString("hex");
  const name = `mayfly-${run}`;
  // two versions, of which the default is the wrong one, with values that a launch has to overrule
  const overruled = { InstanceType: "t3.micro", UserData: Buffer.from("#!/bin/sh\n").toString("base64") } as const;
  await client.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: name,
      LaunchTemplateData: { ...overruled, ImageId: "ami-0" },
    }),
  );
  await client.send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateName: name,
      LaunchTemplateData: {
        ...overruled,
        ImageId: given(image?.ImageId, "Ubuntu image"),
        SecurityGroupIds: [securityGroup],
        InstanceInitiatedShutdownBehavior: "stop",
        BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { VolumeSize: 8, VolumeType: "gp2" } }],
      },
    }),
  );
  return {
    client,
    images: [given(image, "Ubuntu image"), given(otherImage, "second Ubuntu image")],
    securityGroup,
    options: {
      client,
      region,
      launchTemplate: { name, version: "2" },
      subnets,
      logGroup: "/mayfly/ec2",
      // an asterisk in a filter's value means anything, unless it is escaped
      stack: `${name}*`,
      userData: { script: await readFile(new URL("../../ec2-bootstrap/user-data.sh", import.meta.url), "utf8") },
    },
  };
}
