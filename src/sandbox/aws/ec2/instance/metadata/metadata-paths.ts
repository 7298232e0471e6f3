import type { InstanceOptions } from "../instance.ts";
import { identityDocument } from "./identity-document.ts";
import type { RoleCredentials } from "./role-credentials.ts";
import { utcSeconds } from "./utc-seconds.ts";

/** Path below the version → its text now, or its bytes; undefined: not there (404). */
export type MetadataPaths = ReadonlyMap<string, () => string | Buffer | undefined>;

/** What the metadata of an instance says. `interruptionAtMs` is asked each time. */
export function metadataPaths(
  options: InstanceOptions,
  launchedAtMs: number,
  credentials: RoleCredentials,
  interruptionAtMs: () => number | undefined,
): MetadataPaths {
  const { region, zone, privateIp, market, roleName, identity } = options;
  const document = identityDocument(options, launchedAtMs);
  // wrapped like AWS's, without a line break at the end
  const signature = (identity.sign(document).match(/.{1,76}/g) ?? []).join("\n");
  const hostname = `ip-${privateIp.replaceAll(".", "-")}.${region === "us-east-1" ? "ec2" : region + ".compute"}.internal`;
  const atInterruption = (say: (time: string) => string) => (): string | undefined => {
    const atMs = interruptionAtMs();
    return atMs === undefined ? undefined : say(utcSeconds(atMs));
  };
  const fixed: Record<string, string | Buffer> = {
    "meta-data/ami-id": options.imageId,
    "meta-data/hostname": hostname,
    "meta-data/instance-id": options.instanceId,
    "meta-data/instance-life-cycle": market,
    "meta-data/instance-type": options.instanceType,
    "meta-data/local-hostname": hostname,
    "meta-data/local-ipv4": privateIp,
    "meta-data/placement/availability-zone": zone,
    "meta-data/placement/region": region,
    "meta-data/services/domain": domainOf(region),
    "meta-data/services/partition": partitionOf(region),
    "dynamic/instance-identity/document": document,
    "dynamic/instance-identity/signature": signature,
    ...(options.userData.length === 0 ? {} : { "user-data": options.userData }),
    ...(roleName === undefined ? {} : { "meta-data/iam/security-credentials/": roleName }),
  };
  return new Map<string, () => string | Buffer | undefined>([
    ...Object.entries(fixed).map(([path, text]) => [path, () => text] as const),
    [
      "meta-data/spot/instance-action",
      atInterruption((time) => `${JSON.stringify({ action: "terminate", time })}\n`),
    ] as const,
    ["meta-data/spot/termination-time", atInterruption((time) => time)] as const,
    ...(roleName === undefined
      ? []
      : [[`meta-data/iam/security-credentials/${roleName}`, () => credentialsText(credentials)] as const]),
  ]);
}

function credentialsText(credentials: RoleCredentials): string {
  const { accessKeyId, secretAccessKey, sessionToken, updatedAtMs, expiresAtMs } = credentials.current();
  const fields = {
    Code: "Success",
    LastUpdated: utcSeconds(updatedAtMs),
    Type: "AWS-HMAC",
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    Expiration: utcSeconds(expiresAtMs),
  };
  const lines = Object.entries(fields).map(([name, value]) => `  "${name}" : ${JSON.stringify(value)}`);
  return `{\n${lines.join(",\n")}\n}`;
}

function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

function domainOf(region: string): string {
  return region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}
