import { someImage } from "./package-template.ts";
import type { Packaging } from "./package-template.ts";

const subnets = "subnet-0123456789abcdef0,subnet-0123456789abcdef1";

/** Ways to deploy it that differ most: what is wrong in none of them is hardly wrong in any. */
export const variants = {
  /** As `serverless package` does without a word. */
  standard: {},
  /** Every optional part, in production. */
  everything: {
    stage: "prod",
    parameters: {
      runnerImage: someImage,
      runnerImageBuiltAt: "2026-11-01T12:00:00Z",
      runnerMemoryMb: 2048,
      runnerArch: "arm64",
      runnerReservedConcurrency: 20,
      runnerSubnets: subnets,
      runnerSecurityGroups: "sg-0123456789abcdef0",
      otherRunnerFunctions: JSON.stringify([
        {
          functionName: "arn:aws:lambda:eu-west-1:123456789012:function:mayfly-browser",
          memoryMb: 3008,
          arch: "arm64",
          image: "browser",
        },
      ]),
      otherRegions: JSON.stringify({
        "eu-west-1": {
          launchTemplate: "lt-0123456789abcdef0",
          launchTemplateVersion: 3,
          securityGroups: ["sg-0123456789abcdef9"],
          vpcId: "vpc-0123456789abcdef9",
          subnets: "subnet-0123456789abcdef8@eu-west-1a,subnet-0123456789abcdef9@eu-west-1b",
          imageId: "ami-0123456789abcdef9",
        },
      }),
      kms: "yes",
      flowLogs: "yes",
      debug: "yes",
      jobRoles: "arn:aws:iam::123456789012:role/deploy,arn:aws:iam::210987654321:role/read",
      organizationRunnerGroup: 4,
      rerunLostJobs: "yes",
      retentionDays: 14,
      throttlingBurst: 10,
      throttlingRate: 5,
      workerConcurrency: 4,
      alarmEmail: "ops@example.com",
      slackWorkspaceId: "T0123ABCD",
      slackChannelId: "C0123ABCD",
      teamsTenantId: "11111111-2222-3333-4444-555555555555",
      teamsTeamId: "11111111-2222-3333-4444-555555555556",
      teamsChannelId: "19%3aabc%40thread.tacv2",
    },
  },
  lambdaOnly: { parameters: { runnerImage: someImage, ec2: "no" } },
  ownNetwork: {
    parameters: {
      runnerImage: someImage,
      vpcId: "vpc-0123456789abcdef0",
      subnets: "subnet-0123456789abcdef0@eu-central-1a,subnet-0123456789abcdef1@eu-central-1b",
      ec2Image: "ami-0123456789abcdef0",
      ec2Arm64Image: "ami-0123456789abcdef1",
    },
  },
} as const satisfies Record<string, Packaging>;

export type Variant = keyof typeof variants;
export const variantNames = Object.keys(variants) as readonly Variant[];

const yes = (parameters: Packaging["parameters"]): Packaging => ({
  parameters: { runnerImage: someImage, ...parameters },
});

/** One switch each: what a switch brings may need no other one. */
export const switches: Readonly<Record<string, Packaging>> = {
  kms: yes({ kms: "yes" }),
  jobRoles: yes({ jobRoles: "arn:aws:iam::123456789012:role/deploy" }),
  debug: yes({ debug: "yes" }),
  runnerSubnets: yes({ runnerSubnets: subnets, runnerSecurityGroups: "sg-0123456789abcdef0" }),
  organizationRunnerGroup: yes({ organizationRunnerGroup: 4 }),
};
