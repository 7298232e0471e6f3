import { z } from "zod";
import { otherFunctions } from "./other-functions.ts";
import { otherRegions } from "./other-regions.ts";
import { subnetList } from "./subnet-list.ts";

const yesOrNo = z.enum(["yes", "no"], "is neither yes nor no");
/** The framework hands numbers of --param on as text. */
const whole = (least: number, most: number): z.ZodType<number> =>
  z.coerce
    .number(`is no number`)
    .int("is no whole number")
    .min(least, `is below ${least}`)
    .max(most, `is above ${most}`);
const text = z.coerce.string();
const list = (one: RegExp, of: string): z.ZodType<string> =>
  text.refine((value) => value === "" || value.split(",").every((each) => one.test(each)), `is no list of ${of}`);

const shape = z.object({
  // As the functions read it.
  labelPrefix: text.regex(
    /^[a-z][a-z0-9-]{0,23}$/,
    "begins with a letter and has at most 24 lower-case letters, digits and hyphens",
  ),
  logLevel: z.enum(["debug", "info", "warn", "error"], "is none of debug, info, warn and error"),
  githubUrl: text.regex(/^https:\/\/[^\s"']+$/, "is no https address"),
  organizationRunnerGroup: text.regex(/^(?:[1-9]\d{0,15})?$/, "is no number of a runner group"),
  rerunLostJobs: yesOrNo,
  // What CloudWatch Logs takes (PutRetentionPolicy).
  retentionDays: whole(1, 3653),
  deletionProtection: yesOrNo,
  kms: yesOrNo,
  workerConcurrency: whole(2, 1000),
  throttlingBurst: whole(1, 5000),
  throttlingRate: whole(1, 10_000),
  runnerImage: text.regex(/^(?:\S+@sha256:[0-9a-f]{64})?$/, "is no image with a digest, …@sha256:<64 hex digits>"),
  runnerImageBuiltAt: text.refine((value) => value === "" || !Number.isNaN(Date.parse(value)), "is no ISO time"),
  runnerMemoryMb: whole(128, 10_240),
  runnerArch: z.enum(["x86_64", "arm64"], "is neither x86_64 nor arm64"),
  runnerReservedConcurrency: z.union([z.literal(""), whole(0, 100_000)]),
  runnerSubnets: list(/^subnet-[0-9a-f]+$/, "subnets"),
  runnerSecurityGroups: list(/^sg-[0-9a-f]+$/, "security groups"),
  otherRunnerFunctions: otherFunctions,
  ec2: yesOrNo,
  // Subnets are sixteenths of it with 12 bits each.
  vpcCidr: text.regex(/^\d{1,3}(?:\.\d{1,3}){3}\/16$/, "is no IPv4 range of 16 bits, such as 10.0.0.0/16"),
  vpcId: text.regex(/^(?:vpc-[0-9a-f]+)?$/, "is no VPC"),
  subnets: subnetList,
  flowLogs: yesOrNo,
  debug: yesOrNo,
  ec2Image: text.regex(/^(?:ami-[0-9a-f]+)?$/, "is no AMI"),
  ec2Arm64Image: text.regex(/^(?:ami-[0-9a-f]+)?$/, "is no AMI"),
  otherRegions,
  jobRoles: list(/^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/, "ARNs of roles"),
  alarmEmail: text.regex(/^(?:[^\s@]+@[^\s@]+)?$/, "is no e-mail address"),
  slackWorkspaceId: text.regex(/^[0-9A-Z]*$/, "is no Slack workspace"),
  slackChannelId: text.regex(/^[0-9A-Za-z]*$/, "is no Slack channel"),
  teamsTenantId: text,
  teamsTeamId: text,
  teamsChannelId: text,
});

export type Parameters = z.infer<typeof shape>;

/** What is given together or not at all. */
const together: readonly (readonly (keyof Parameters)[])[] = [
  ["runnerSubnets", "runnerSecurityGroups"],
  ["vpcId", "subnets"],
  ["slackWorkspaceId", "slackChannelId"],
  ["teamsTenantId", "teamsTeamId", "teamsChannelId"],
];

/**
 * The parameters of serverless.yml, `read` one by one. Rejects with all that is wrong with them, so that nobody hears
 * of it from CloudFormation, ten minutes later.
 */
export async function readParameters(read: (name: string) => Promise<unknown>): Promise<Parameters> {
  const names = Object.keys(shape.shape);
  const given = await Promise.all(names.map(async (name) => [name, (await read(name)) ?? ""] as const));
  const { data, error } = shape.safeParse(Object.fromEntries(given));
  const problems =
    data === undefined
      ? (error?.issues ?? []).map(({ path, message }) => `${path.join(".")} ${message}`)
      : missing(data);
  if (data === undefined || problems.length > 0) throw new Error(`parameters: ${problems.join("; ")}`);
  return data;
}

function missing(parameters: Parameters): string[] {
  return together.flatMap((names) => {
    const empty = names.filter((name) => isEmpty(parameters[name]));
    if (empty.length === 0 || empty.length === names.length) return [];
    return [`${names.join(", ")} belong together: ${empty.join(", ")} is missing`];
  });
}

function isEmpty(value: unknown): boolean {
  return value === "" || (Array.isArray(value) && value.length === 0);
}
