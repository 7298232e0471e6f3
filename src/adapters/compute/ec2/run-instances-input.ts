import type { ResourceType, RunInstancesCommandInput } from "@aws-sdk/client-ec2";
import type { CallError } from "../../../core/errors/call-error.ts";
import type { MachineSpec } from "../../../core/model/machine.ts";
import type { LaunchRequest } from "../../../core/ports.ts";
import type { Ec2Options, Ec2Region } from "./ec2-options.ts";
import { invalidLaunch } from "./invalid-launch.ts";
import { regionSettings } from "./region-settings.ts";
import { tags } from "./tags.ts";
import { userData } from "./user-data.ts";

/** What a launch takes from the options. */
export type LaunchOptions = Pick<Ec2Options, "regions" | "rootDevice" | "stack" | "userData">;

/**
 * The call for one machine, in the request's region. Everything in it follows from the request and the options, so that
 * the same request is the same call, byte for byte: EC2 answers a known client token with the machine that it started
 * then, and refuses it beside any other parameter. Throws a `CallError` of kind `invalid` when there is no such call.
 */
export function runInstancesInput(options: LaunchOptions, request: LaunchRequest): RunInstancesCommandInput {
  const { rootDevice = "/dev/sda1" } = options;
  const region = regionSettings(options, request.region);
  const { launchTemplate } = region;
  const { candidate, spec } = request;
  if (candidate === undefined) throw nothingToChoose(spec);
  const isSpot = candidate.market === "spot";
  return {
    ClientToken: clientToken(request),
    MinCount: 1,
    MaxCount: 1,
    LaunchTemplate:
      "id" in launchTemplate
        ? { LaunchTemplateId: launchTemplate.id, Version: launchTemplate.version }
        : { LaunchTemplateName: launchTemplate.name, Version: launchTemplate.version },
    ImageId: imageOf(request, region),
    InstanceType: candidate.instanceType as RunInstancesCommandInput["InstanceType"],
    SubnetId: candidate.subnet,
    InstanceMarketOptions: isSpot
      ? {
          MarketType: "spot",
          SpotOptions: { SpotInstanceType: "one-time", InstanceInterruptionBehavior: "terminate" },
        }
      : undefined,
    InstanceInitiatedShutdownBehavior: "terminate",
    // one hop: containers of the job do not reach the machine's role
    MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1, InstanceMetadataTags: "disabled" },
    BlockDeviceMappings: [
      {
        DeviceName: rootDevice,
        Ebs: { VolumeSize: spec.diskGb, VolumeType: "gp3", Encrypted: true, DeleteOnTermination: true },
      },
    ],
    TagSpecifications: tagged(isSpot).map((type) => ({ ResourceType: type, Tags: tags(options.stack, request) })),
    UserData: userData(request, options.userData).toString("base64"),
  };
}

/** Undefined: the template's. */
function imageOf(
  { spec: { arch, image }, region }: LaunchRequest,
  { imageId, arm64ImageId }: Ec2Region,
): string | undefined {
  if (image !== undefined) {
    if (image.id === undefined) throw invalidLaunch(`no AMI is known for the image "${image.name}"`);
    return image.id;
  }
  if (arch === "x64") return imageId;
  if (arm64ImageId === undefined) throw invalidLaunch(`no AMI is known for arm64 machines in ${region}`);
  return arm64ImageId;
}

function nothingToChoose({ subnets }: MachineSpec): CallError {
  if (subnets?.list.length === 0) return invalidLaunch(`no subnets are known by the name "${subnets.name}"`);
  return invalidLaunch("no instance type and subnet were chosen");
}

function tagged(isSpot: boolean): ResourceType[] {
  const always: ResourceType[] = ["instance", "volume", "network-interface"];
  return isSpot ? [...always, "spot-instances-request"] : always;
}

/** One for each candidate of a runner; EC2 takes at most 64 ASCII characters. */
function clientToken({ runnerName, candidateNumber }: LaunchRequest): string {
  const token = `${runnerName}-${candidateNumber}`;
  if (!/^[\x21-\x7e]{1,64}$/.test(token)) {
    throw invalidLaunch(`the client token ${token.slice(0, 80)} is not 1 to 64 printable ASCII characters`);
  }
  return token;
}
