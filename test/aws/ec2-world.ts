import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
} from "@aws-sdk/client-ec2";
import type { EC2Client, Image } from "@aws-sdk/client-ec2";
import type { Ec2Region } from "../../src/adapters/compute/ec2/ec2-options.ts";
import { given, newName } from "./moto.ts";

/** What a region of moto has been given before the adapter comes. */
export type Ec2World = {
  readonly client: EC2Client;
  readonly here: Ec2Region;
  /** Of the launch template, and another one. */
  readonly images: readonly [Image, Image];
  readonly securityGroup: string;
  /** Of the launch template. */
  readonly name: string;
};

/** Gives a region of moto a network, a security group and a launch template, apart from those of everybody else. */
export async function makeEc2World(client: EC2Client, region: string): Promise<Ec2World> {
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
  const name = newName();
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
    here: { launchTemplate: { name, version: "2" }, subnets, logGroup: `/mayfly/${region}` },
    images: [given(image, "Ubuntu image"), given(otherImage, "second Ubuntu image")],
    securityGroup,
    name,
  };
}
