import type { Packaged } from "../packaged.ts";
import { allowedBy, listOf, nameOf } from "./rule.ts";
import type { SecurityRule } from "./rule.ts";

type Exception = {
  readonly actions: readonly string[];
  /** Why AWS leaves no other way. */
  readonly why: string;
};

/** Where `*` may stand as a resource, by the statement's Sid. */
export const anyResource: Readonly<Record<string, Exception>> = {
  Traces: {
    actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    why: "X-Ray has no resource types for them (service authorization reference)",
  },
  SeeMachines: { actions: ["ec2:DescribeInstances"], why: "EC2 has no resource types for Describe…" },
  NetworkInterfaces: {
    actions: [
      "ec2:CreateNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:DeleteNetworkInterface",
      "ec2:AssignPrivateIpAddresses",
      "ec2:UnassignPrivateIpAddresses",
    ],
    why: "Lambda checks them on all resources before it attaches a function to a VPC; code is denied them",
  },
  FindLog: { actions: ["logs:DescribeLogGroups"], why: "names of log groups are listed, which has no resource types" },
  Sessions: {
    actions: [
      "ssm:UpdateInstanceInformation",
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ],
    why: "sessions have no resources; only when the operator debugs",
  },
  ReadMetrics: {
    actions: [
      "cloudwatch:DescribeAlarms",
      "cloudwatch:GetMetricData",
      "cloudwatch:GetMetricStatistics",
      "cloudwatch:GetMetricWidgetImage",
      "cloudwatch:ListMetrics",
    ],
    why: "metrics are no resources",
  },
  Account: { actions: ["kms:*"], why: "a key's own policy: without it nobody could ever change the key" },
  Logs: {
    actions: [
      "kms:Encrypt",
      "kms:Decrypt",
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
      "kms:GenerateDataKey",
      "kms:DescribeKey",
    ],
    why: "a key's own policy means this key by it",
  },
  Senders: { actions: ["kms:Decrypt", "kms:GenerateDataKey"], why: "a key's own policy means this key by it" },
};

export const namedResources: SecurityRule = {
  name: "every resource that something is allowed on has its name, but for those that AWS leaves no names for",
  problems: (one) =>
    wide(one).flatMap((found) => {
      const known = anyResource[found.statement.Sid ?? ""]?.actions ?? [];
      return listOf(found.statement.Action)
        .filter((action) => !known.includes(action))
        .map((action) => `${nameOf(found)} ${action}: allowed on *; name the resources`);
    }),
};

/** Exceptions that none of these templates needs. */
export function unusedExceptions(all: readonly Packaged[]): string[] {
  const used = new Set(
    all.flatMap((one) =>
      wide(one).flatMap(({ statement: { Sid = "", Action } }) => listOf(Action).map((action) => `${Sid} ${action}`)),
    ),
  );
  return Object.entries(anyResource).flatMap(([sid, { actions }]) =>
    actions.map((action) => `${sid} ${action}`).filter((each) => !used.has(each)),
  );
}

function wide(one: Packaged): ReturnType<typeof allowedBy> {
  return allowedBy(one).filter(({ statement }) => listOf(statement.Resource).includes("*"));
}
