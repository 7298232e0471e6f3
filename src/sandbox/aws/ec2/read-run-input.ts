import { ec2Error, invalidValue } from "./ec2-error.ts";
import type { LaunchSettings, MetadataSettings } from "./launch-settings.ts";
import type { QueryInput } from "./query-input.ts";
import { readBlockDevices } from "./read-block-devices.ts";
import { readTagSpecifications } from "./read-tag-specifications.ts";

export type RunInput = {
  readonly minCount: number;
  readonly maxCount: number;
  readonly dryRun: boolean;
  readonly clientToken: string | undefined;
  readonly template: TemplateReference | undefined;
  readonly settings: LaunchSettings;
};

export type TemplateReference = {
  readonly id: string | undefined;
  readonly name: string | undefined;
  /** A number, $Latest or $Default. */
  readonly version: string;
};

/** User data is limited to so many bytes before it is base64. */
export const mostUserDataBytes = 16_384;

/** Reads a RunInstances request; throws an `AwsError` for what EC2 does not take, or the sandbox does not have. */
export function readRunInput(input: QueryInput): RunInput {
  input.wanted("MinCount");
  input.wanted("MaxCount");
  const minCount = input.integer("MinCount", 1, 1000) ?? 1;
  const maxCount = input.integer("MaxCount", 1, 1000) ?? 1;
  if (minCount > maxCount) throw invalidValue(minCount, "minCount", "It must not be greater than maxCount.");
  const read = {
    minCount,
    maxCount,
    dryRun: input.flag("DryRun") ?? false,
    clientToken: readClientToken(input),
    template: readTemplate(input),
    settings: readSettings(input),
  };
  input.refuseUnread();
  return read;
}

function readClientToken(input: QueryInput): string | undefined {
  const token = input.text("ClientToken");
  if (token === undefined || token === "") return undefined;
  if (!/^[\u0020-\u007E]{1,64}$/.test(token)) {
    throw invalidValue(token, "clientToken", "It must be at most 64 ASCII characters long.");
  }
  return token;
}

function readTemplate(input: QueryInput): TemplateReference | undefined {
  const group = input.group("LaunchTemplate");
  if (group === undefined) return undefined;
  const id = group.text("LaunchTemplateId");
  const name = group.text("LaunchTemplateName");
  if ((id === undefined) === (name === undefined)) {
    const message = "You must specify either a launch template ID or a launch template name, but not both.";
    throw ec2Error(id === undefined ? "MissingParameter" : "InvalidParameterCombination", message);
  }
  return { id, name, version: group.text("Version") ?? "$Default" };
}

function readSettings(input: QueryInput): LaunchSettings {
  const groups = input.texts("SecurityGroupId");
  return {
    imageId: input.text("ImageId"),
    instanceType: input.text("InstanceType"),
    subnetId: input.text("SubnetId"),
    securityGroupIds: groups.length === 0 ? undefined : groups,
    userData: readUserData(input.text("UserData")),
    instanceProfile: readProfile(input),
    shutdownBehavior: oneOf(input, "InstanceInitiatedShutdownBehavior", ["stop", "terminate"]),
    market: readMarket(input),
    metadata: readMetadata(input),
    blockDevices: readBlockDevices(input),
    tags: readTagSpecifications(input),
  };
}

function readUserData(text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined;
  if (!/^[A-Za-z0-9+/\r\n]*={0,2}\s*$/.test(text)) {
    throw ec2Error("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
  }
  const bytes = Buffer.from(text, "base64");
  if (bytes.length > mostUserDataBytes) {
    throw ec2Error("InvalidParameterValue", `User data is limited to ${mostUserDataBytes} bytes`);
  }
  return bytes;
}

function readProfile(input: QueryInput): string | undefined {
  const group = input.group("IamInstanceProfile");
  const name = group?.text("Name");
  const arn = group?.text("Arn");
  if (name !== undefined && arn !== undefined) {
    const message =
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'";
    throw ec2Error("InvalidParameterCombination", message);
  }
  return name ?? arn?.split("/").at(-1);
}

function readMarket(input: QueryInput): LaunchSettings["market"] {
  const group = input.group("InstanceMarketOptions");
  if (group === undefined) return undefined;
  const type = oneOf(group, "MarketType", ["spot"], "instanceMarketOptions.marketType");
  const spot = group.group("SpotOptions");
  if (spot !== undefined) {
    if (type === undefined) throw ec2Error("MissingParameter", "The request must contain the parameter MarketType");
    const kind = oneOf(spot, "SpotInstanceType", ["one-time", "persistent"]);
    const interruption = oneOf(spot, "InstanceInterruptionBehavior", ["terminate", "stop", "hibernate"]);
    if (kind === "persistent")
      throw ec2Error("UnsupportedOperation", "Persistent Spot requests are not in the sandbox.");
    if (interruption !== undefined && interruption !== "terminate") {
      const message = `Interruption behavior '${interruption}' is only supported for persistent Spot requests.`;
      throw ec2Error("InvalidParameterCombination", message);
    }
  }
  return type === undefined ? undefined : "spot";
}

function readMetadata(input: QueryInput): MetadataSettings | undefined {
  const group = input.group("MetadataOptions");
  if (group === undefined) return undefined;
  if (oneOf(group, "HttpEndpoint", ["enabled", "disabled"]) === "disabled") {
    throw ec2Error("UnsupportedOperation", "An instance without metadata is not in the sandbox.");
  }
  return {
    httpTokens: oneOf(group, "HttpTokens", ["optional", "required"]),
    hopLimit: group.integer("HttpPutResponseHopLimit", 1, 64),
    endpoint: "enabled",
    instanceTags: oneOf(group, "InstanceMetadataTags", ["enabled", "disabled"]),
  };
}

function oneOf<Word extends string>(
  input: QueryInput,
  name: string,
  words: readonly Word[],
  parameter = name,
): Word | undefined {
  const value = input.text(name);
  const found = words.find((word) => word === value);
  if (value !== undefined && found === undefined)
    throw invalidValue(value, parameter, `Expecting ${words.join(" or ")}.`);
  return found;
}
