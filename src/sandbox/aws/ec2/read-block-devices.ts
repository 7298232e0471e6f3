import type { AwsError } from "../aws-error.ts";
import { ec2Error, invalidValue } from "./ec2-error.ts";
import type { BlockDevice } from "./launch-settings.ts";
import type { QueryInput } from "./query-input.ts";

/** Largest sizes in GB (EBS volume types, 2026). */
const volumeTypes: Readonly<Record<string, number>> = {
  gp3: 65_536,
  gp2: 16_384,
  io1: 16_384,
  io2: 65_536,
  st1: 16_384,
  sc1: 16_384,
  standard: 1024,
};

/** Block device mappings of a request; throws an `AwsError` for a volume that EC2 does not have. */
export function readBlockDevices(input: QueryInput): BlockDevice[] | undefined {
  const mappings = input.groups("BlockDeviceMapping");
  if (mappings.length === 0) return undefined;
  const devices = mappings.map(readDevice);
  const names = devices.map((device) => device.deviceName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw ec2Error("InvalidBlockDeviceMapping", `The device '${twice}' is used in more than one block-device mapping`);
  }
  return devices;
}

function readDevice(mapping: QueryInput): BlockDevice {
  const deviceName = mapping.wanted("DeviceName");
  const ebs = mapping.group("Ebs");
  if (ebs === undefined) {
    throw ec2Error(
      "InvalidBlockDeviceMapping",
      `The mapping of '${deviceName}' must have EBS settings in the sandbox.`,
    );
  }
  const volumeType = ebs.text("VolumeType");
  const mostGb = volumeTypes[volumeType ?? "gp2"];
  if (mostGb === undefined) throw invalidValue(volumeType ?? "", "volumeType", "Unknown volume type.");
  const device = {
    deviceName,
    volumeType,
    sizeGb: ebs.integer("VolumeSize", 1, mostGb),
    encrypted: ebs.flag("Encrypted"),
    deleteOnTermination: ebs.flag("DeleteOnTermination"),
    iops: ebs.integer("Iops", volumeType === "gp3" ? 3000 : 100, volumeType === "gp3" ? 80_000 : 256_000),
    throughputMibps: ebs.integer("Throughput", 125, 2000),
    kmsKeyId: ebs.text("KmsKeyId"),
  };
  checkCombination(device);
  return device;
}

function checkCombination({ volumeType = "gp2", throughputMibps, iops, kmsKeyId, encrypted }: BlockDevice): void {
  if (throughputMibps !== undefined && volumeType !== "gp3") {
    throw combination(`The parameter throughput is not supported for ${volumeType} volumes.`);
  }
  if (iops !== undefined && !["gp3", "io1", "io2"].includes(volumeType)) {
    throw combination(`The parameter iops is not supported for ${volumeType} volumes.`);
  }
  if (kmsKeyId !== undefined && encrypted !== true) {
    throw combination("The parameter KmsKeyId requires the parameter Encrypted to be set.");
  }
}

function combination(message: string): AwsError {
  return ec2Error("InvalidParameterCombination", message);
}
