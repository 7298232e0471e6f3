import { ec2Error, invalidValue } from "./ec2-error.ts";
import { instanceType, type Architecture } from "./instance-type.ts";
import type { BlockDevice, LaunchSettings, Market, TagsByResource } from "./launch-settings.ts";
import type { Ec2Options, Image } from "./options.ts";

/** Settings of which everything is there that they name. */
export type LaunchPlan = {
  readonly imageId: string;
  readonly image: Image;
  readonly instanceType: string;
  readonly vcpus: number;
  readonly architecture: Architecture;
  readonly subnetId: string;
  readonly zone: string;
  readonly securityGroupIds: readonly string[];
  readonly userData: Buffer;
  readonly instanceProfile: string | undefined;
  readonly shutdownBehavior: "stop" | "terminate";
  readonly market: Market;
  readonly metadata: typeof defaultMetadata;
  readonly rootDevice: string;
  readonly rootGb: number;
  /** The image's root device is among them. */
  readonly blockDevices: readonly BlockDevice[];
  readonly tags: TagsByResource;
};

const defaultMetadata = { httpTokens: "optional", hopLimit: 1, endpoint: "enabled", instanceTags: "disabled" };

/** Looks up what the settings name; throws an `AwsError` for what the account does not have. */
export function launchPlan(settings: LaunchSettings, options: Ec2Options): LaunchPlan {
  const { imageId, image } = findImage(settings.imageId, options);
  const type = findType(settings.instanceType, image);
  const { subnetId, zone } = findSubnet(settings.subnetId, options);
  const market = settings.market ?? "on-demand";
  if (market === "on-demand" && settings.tags?.["spot-instances-request"] !== undefined) {
    const message = "'spot-instances-request' is not a valid taggable resource type for this operation.";
    throw ec2Error("InvalidParameterValue", message);
  }
  const rootDevice = image.rootDevice ?? "/dev/sda1";
  const root = rootOf(image, rootDevice, settings.blockDevices ?? []);
  return {
    imageId,
    image,
    ...type,
    subnetId,
    zone,
    securityGroupIds: findGroups(settings.securityGroupIds, options),
    userData: settings.userData ?? Buffer.alloc(0),
    instanceProfile: findProfile(settings.instanceProfile, options),
    shutdownBehavior: settings.shutdownBehavior ?? "stop",
    market,
    metadata: { ...defaultMetadata, ...definedOf(settings.metadata ?? {}) },
    rootDevice,
    rootGb: root.sizeGb,
    blockDevices: [root, ...othersOf(rootDevice, settings.blockDevices ?? [])],
    tags: settings.tags ?? {},
  };
}

function findImage(id: string | undefined, { images }: Ec2Options): { imageId: string; image: Image } {
  if (id === undefined) throw ec2Error("MissingParameter", "The request must contain the parameter ImageId");
  if (!/^ami-[0-9a-f]{8,17}$/.test(id)) {
    throw ec2Error("InvalidAMIID.Malformed", `Invalid id: "${id}" (expecting "ami-...")`);
  }
  const image = Object.hasOwn(images, id) ? images[id] : undefined;
  if (image === undefined) throw ec2Error("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
  return { imageId: id, image };
}

function findType(name = "m1.small", { architecture }: Image) {
  const type = instanceType(name);
  if (type === undefined) throw ec2Error("InvalidParameterValue", `Invalid value '${name}' for InstanceType.`);
  if (type.architecture !== architecture) {
    const message =
      `The architecture '${type.architecture}' of the specified instance type does not match the architecture ` +
      `'${architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and ` +
      "try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the " +
      "instance type or AMI.";
    throw ec2Error("InvalidParameterValue", message);
  }
  return { instanceType: name, ...type };
}

function findSubnet(id: string | undefined, { subnets }: Ec2Options) {
  if (id === undefined) throw ec2Error("VPCIdNotSpecified", "No default VPC for this user");
  const subnet = Object.hasOwn(subnets, id) ? subnets[id] : undefined;
  if (subnet === undefined) throw ec2Error("InvalidSubnetID.NotFound", `The subnet ID '${id}' does not exist`);
  return { subnetId: id, zone: subnet.zone };
}

function findGroups(ids: readonly string[] | undefined, { securityGroups }: Ec2Options): readonly string[] {
  for (const id of ids ?? []) {
    if (!/^sg-[0-9a-f]{8,17}$/.test(id)) {
      throw ec2Error("InvalidGroupId.Malformed", `Invalid id: "${id}" (expecting "sg-...")`);
    }
    if (!securityGroups.includes(id)) {
      throw ec2Error("InvalidGroup.NotFound", `The security group '${id}' does not exist`);
    }
  }
  return ids ?? ["sg-00000000000000000"];
}

function findProfile(name: string | undefined, { roleName }: Ec2Options): string | undefined {
  if (name !== undefined && name !== roleName) {
    throw invalidValue(name, "iamInstanceProfile.name", "Invalid IAM Instance Profile name");
  }
  return name;
}

function rootOf(image: Image, deviceName: string, devices: readonly BlockDevice[]) {
  const rootGb = image.rootGb ?? 8;
  const asked = definedOf<Partial<BlockDevice>>(devices.find((device) => device.deviceName === deviceName) ?? {});
  const root = { deviceName, volumeType: "gp3", deleteOnTermination: true, ...asked, sizeGb: asked.sizeGb ?? rootGb };
  if (root.sizeGb < rootGb) {
    const message = `Volume of size ${root.sizeGb}GB is smaller than snapshot of the image, expect size >= ${rootGb}GB`;
    throw ec2Error("InvalidBlockDeviceMapping", message);
  }
  return root;
}

function othersOf(rootDevice: string, devices: readonly BlockDevice[]): BlockDevice[] {
  const others = devices.filter((device) => device.deviceName !== rootDevice);
  const sizeless = others.find((device) => device.sizeGb === undefined);
  if (sizeless !== undefined) {
    throw ec2Error(
      "MissingParameter",
      `The request must contain the parameter size or snapshotId: ${sizeless.deviceName}`,
    );
  }
  return others;
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function definedOf<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<T>;
}
