import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInstancesInput } from "../../../src/adapters/compute/ec2/run-instances-input.ts";
import type { LaunchRequest } from "../../../src/core/ports.ts";
import type { Properties } from "../packaged.ts";
import { arnHere } from "./caller.ts";
import type { Caller } from "./caller.ts";
import { need } from "./request.ts";
import type { Change, Context, Need } from "./request.ts";

const by = "ec2:RunInstances";

/** Whose images are launched: the account's own, AWS's, Canonical's. */
const otherOwners = ["amazon", "099720109477"];

const made: Readonly<Record<string, string>> = {
  instance: "i-0123456789abcdef0",
  volume: "vol-0123456789abcdef0",
  "network-interface": "eni-0123456789abcdef0",
  "spot-instances-request": "sir-0123abcd",
};

/** Where machines are launched: names in one region. */
type Site = {
  readonly region: string;
  readonly launchTemplate: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly vpc: string;
};

/**
 * One launch asks for each resource that it uses or makes (EC2 user guide, "Example policies to work with instances"),
 * with the tags and options of the very call that the adapter makes, on spot and on demand.
 */
export function runInstancesNeeds(caller: Caller): Need[] {
  const { ec2 } = caller.core();
  if (ec2 === undefined) return [];
  const sites = Object.entries(ec2.regions).map(([region, { launchTemplate, subnets }]) =>
    siteOf(caller, { region, launchTemplate: launchTemplate.id, subnets: subnets.map(({ id }) => id) }),
  );
  return [...sites.flatMap((site) => [...used(caller, site), ...brought(caller, site)]), ...handedOver(caller)];
}

/** What is there before the launch. */
function used({ one }: Caller, { region, launchTemplate, subnets, securityGroups, vpc }: Site): Need[] {
  const arn = (resource: string): string => arnHere(one, "ec2", resource, region);
  const another = (kind: string, id: string): Change[] => [
    { why: "of another stack", resource: arn(`${kind}/${id}-0fedcba9876543210`) },
  ];
  const inVpc = (id: string): Context => ({ "ec2:Vpc": arn(`vpc/${id}`) });
  return [
    need(by, by, arn(`launch-template/${launchTemplate}`), { not: another("launch-template", "lt") }),
    ...securityGroups.map((id) => need(by, by, arn(`security-group/${id}`), { not: another("security-group", "sg") })),
    ...subnets.map((id) =>
      need(by, by, arn(`subnet/${id}`), {
        context: inVpc(vpc),
        not: [{ why: "in another VPC", context: inVpc("vpc-0fedcba9876543210") }],
      }),
    ),
    ...[one.place.account, ...otherOwners].map((owner) =>
      need(by, by, `arn:aws:ec2:${region}::image/ami-0123456789abcdef0`, {
        context: { "ec2:Owner": owner },
        not: [{ why: "of a stranger's image", context: { "ec2:Owner": "111122223333" } }],
      }),
    ),
  ];
}

/** What the launch makes, and its tags, which EC2 asks for separately. */
function brought({ one, settings }: Caller, site: Site): Need[] {
  const arn = (type: string): string => arnHere(one, "ec2", `${type}/${made[type] ?? ""}`, site.region);
  const {
    TagSpecifications: tagged = [],
    MetadataOptions: metadata,
    BlockDeviceMappings: disks,
  } = launch(settings.stack, site);
  return tagged.flatMap(({ ResourceType: type = "instance", Tags: tags = [] }) => {
    const keys = tags.map(({ Key: key = "" }) => key);
    const tagContext: Context = {
      ...Object.fromEntries(tags.map(({ Key: key = "", Value: value = "" }) => [`aws:RequestTag/${key}`, value])),
      "aws:TagKeys": keys,
    };
    const options: Readonly<Record<string, { readonly context: Context; readonly not: readonly Change[] }>> = {
      instance: {
        context: { "ec2:MetadataHttpTokens": metadata?.HttpTokens ?? "" },
        not: [
          { why: "without IMDSv2", context: { "ec2:MetadataHttpTokens": "optional" } },
          { why: "without a word on IMDSv2", context: { "ec2:MetadataHttpTokens": undefined } },
        ],
      },
      volume: {
        context: { "ec2:Encrypted": String(disks?.[0]?.Ebs?.Encrypted) },
        not: [{ why: "not encrypted", context: { "ec2:Encrypted": "false" } }],
      },
    };
    const { context = {}, not = [] } = options[type] ?? {};
    return [
      need(by, by, arn(type), {
        context: { ...tagContext, ...context },
        not: [
          ...not,
          { why: "without the stack's tag", context: { "aws:RequestTag/mayfly:stack": undefined } },
          { why: "tagged as another stack's", context: { "aws:RequestTag/mayfly:stack": "mayfly-other" } },
          { why: "with a tag that nobody knows", context: { "aws:TagKeys": [...keys, "owner"] } },
        ],
      }),
      need(by, "ec2:CreateTags", arn(type), {
        context: { "ec2:CreateAction": "RunInstances" },
        not: [
          { why: "there already", context: { "ec2:CreateAction": undefined } },
          { why: "made by another call", context: { "ec2:CreateAction": "CreateVolume" } },
        ],
      }),
    ];
  });
}

/** The machine's role, and that of the spot market, which an account's first spot request makes. */
function handedOver(caller: Caller): Need[] {
  const { account } = caller.one.place;
  const role = machineRoleOf(caller);
  return [
    need(by, "iam:PassRole", `arn:aws:iam::${account}:role/${role}`, {
      context: { "iam:PassedToService": "ec2.amazonaws.com" },
      not: [
        { why: "passed to Lambda", context: { "iam:PassedToService": "lambda.amazonaws.com" } },
        { why: "not a machine's", resource: `arn:aws:iam::${account}:role/admin` },
      ],
    }),
    need(
      by,
      "iam:CreateServiceLinkedRole",
      `arn:aws:iam::${account}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot`,
      {
        context: { "iam:AWSServiceName": "spot.amazonaws.com" },
        not: [
          { why: "for another service", context: { "iam:AWSServiceName": "eks.amazonaws.com" } },
          {
            why: "another service's",
            resource: `arn:aws:iam::${account}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS`,
          },
        ],
      },
    ),
  ];
}

/** Name of the role that machines have, by way of template and profile. Throws when one of them is not there. */
export function machineRoleOf({ one, core }: Caller): string {
  const id = core().ec2?.regions[one.place.region]?.launchTemplate.id ?? "";
  const { IamInstanceProfile: given } = launchTemplateData(one.known("AWS::EC2::LaunchTemplate", id)) as {
    readonly IamInstanceProfile?: { readonly Arn: string };
  };
  const profile = one.known("AWS::IAM::InstanceProfile", given?.Arn ?? "", "Arn");
  const [role] = (profile?.["Roles"] ?? []) as readonly string[];
  if (role === undefined) throw new Error(`the launch template ${id} has no role for machines`);
  return role;
}

function siteOf({ one }: Caller, known: Pick<Site, "region" | "launchTemplate" | "subnets">): Site {
  const there = one.given.otherRegions[known.region];
  if (there !== undefined) return { ...known, securityGroups: there.securityGroups, vpc: there.vpcId };
  const data = launchTemplateData(one.known("AWS::EC2::LaunchTemplate", known.launchTemplate));
  const securityGroups = (data["SecurityGroupIds"] ?? []) as readonly string[];
  const vpc = one.known("AWS::EC2::SecurityGroup", securityGroups[0] ?? "")?.["VpcId"];
  if (typeof vpc !== "string") throw new Error(`no VPC is known of the security group of ${known.launchTemplate}`);
  return { ...known, securityGroups, vpc };
}

function launchTemplateData(of: Properties | undefined): Properties {
  return (of?.["LaunchTemplateData"] ?? {}) as Properties;
}

/** The adapter's own call for a spot machine, which is tagged most. */
function launch(stack: string, { region, launchTemplate, subnets }: Site): ReturnType<typeof runInstancesInput> {
  const script = readFileSync(join(import.meta.dirname, "../../../ec2-bootstrap/user-data.sh"), "utf8");
  const template = { id: launchTemplate, version: "1" };
  const request: LaunchRequest = {
    runnerName: "mayfly-0123456789ab",
    repositoryId: 1,
    candidateNumber: 1,
    claimToken: "token",
    hostUrl: "https://host.example",
    claimByMs: 1,
    endByMs: 2,
    region,
    spec: { arch: "x64", memoryMb: 4096, diskGb: 30, timeoutMinutes: 60 },
    candidate: { market: "spot", instanceType: "c7i.large", subnet: subnets[0] ?? "", zone: `${region}a` },
  };
  return runInstancesInput(
    {
      stack,
      userData: { script },
      regions: { [region]: { launchTemplate: template, subnets: [], logGroup: "machines" } },
    },
    request,
  );
}
