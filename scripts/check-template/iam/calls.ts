import { indexCount, indexName } from "../../../src/adapters/store/dynamodb/table-definition.ts";
import { arnHere } from "./caller.ts";
import type { Caller } from "./caller.ts";
import { ownKeyNeeds, reading, sending } from "./own-key.ts";
import { need } from "./request.ts";
import type { Need, NeedDetails } from "./request.ts";
import { runInstancesNeeds } from "./run-instances-needs.ts";

type Row = ((caller: Caller) => readonly Need[]) | { readonly neverCalled: string };

/** What each call of a bundle asks IAM for. A call that is not here is one that nobody has thought about. */
export const calls: Readonly<Record<string, Row>> = {
  "sqs:SendMessageBatch": (caller) => sendNeeds(caller, "sqs:SendMessageBatch", caller.settings.queueUrl),
  // Buries a message; what is sent again goes by the batch.
  "sqs:SendMessage": (caller) => sendNeeds(caller, "sqs:SendMessage", caller.deadLetterQueueUrl()),
  "sqs:ChangeMessageVisibility": ({ settings }) => [
    need("sqs:ChangeMessageVisibility", "sqs:ChangeMessageVisibility", queueArn(settings.queueUrl)),
  ],
  "dynamodb:GetItem": (caller) => tableNeeds(caller, "dynamodb:GetItem"),
  "dynamodb:BatchGetItem": (caller) => tableNeeds(caller, "dynamodb:BatchGetItem"),
  "dynamodb:PutItem": (caller) => tableNeeds(caller, "dynamodb:PutItem"),
  "dynamodb:UpdateItem": (caller) => tableNeeds(caller, "dynamodb:UpdateItem"),
  // Given back leases; everything else expires.
  "dynamodb:DeleteItem": (caller) =>
    tableNeeds(caller, "dynamodb:DeleteItem", {
      context: { "dynamodb:LeadingKeys": ["lease#schedule"] },
      not: [{ why: "a record that is no lease", context: { "dynamodb:LeadingKeys": ["job#1"] } }],
    }),
  "dynamodb:Query": ({ one, core }) =>
    Array.from({ length: indexCount }, (_, index) =>
      need(
        "dynamodb:Query",
        "dynamodb:Query",
        arnHere(one, "dynamodb", `table/${core().table}/index/${indexName(index + 1)}`),
      ),
    ),
  "dynamodb:DescribeEndpoints": {
    neverCalled: "the SDK asks for an endpoint only where endpoint discovery is switched on, and it is not",
  },
  "secrets-manager:GetSecretValue": ({ one, settings: { secret } }) =>
    secret.service === "secretsmanager"
      ? [
          need("secrets-manager:GetSecretValue", "secretsmanager:GetSecretValue", secret.id),
          ...ownKeyNeeds(one, "secrets-manager:GetSecretValue", secret.id, reading),
        ]
      : [],
  "ssm:GetParameter": ({ one, settings: { policyParameter, secret } }) =>
    [policyParameter, ...(secret.service === "ssm" ? [secret.id] : [])].map((name) =>
      need("ssm:GetParameter", "ssm:GetParameter", arnHere(one, "ssm", `parameter${name}`)),
    ),
  "lambda:Invoke": ({ one, core }) =>
    (core().lambda?.functions ?? []).map(({ functionName: name }) =>
      need(
        "lambda:Invoke",
        "lambda:InvokeFunction",
        name.startsWith("arn:") ? name : arnHere(one, "lambda", `function:${name}`),
      ),
    ),
  "ec2:RunInstances": runInstancesNeeds,
  "ec2:DescribeInstances": ({ core }) =>
    core().ec2 === undefined ? [] : [need("ec2:DescribeInstances", "ec2:DescribeInstances", "*")],
  "ec2:TerminateInstances": ({ one, settings, core }) =>
    Object.keys(core().ec2?.regions ?? {}).map((region) => {
      const ours = "aws:ResourceTag/mayfly:stack";
      return need(
        "ec2:TerminateInstances",
        "ec2:TerminateInstances",
        arnHere(one, "ec2", "instance/i-0123456789abcdef0", region),
        {
          context: { [ours]: settings.stack },
          not: [
            { why: "without a tag", context: { [ours]: undefined } },
            { why: "another stack's", context: { [ours]: "mayfly-other" } },
          ],
        },
      );
    }),
  // Sessions carry tags (src/adapters/roles/session-tags.ts), which is a right of its own.
  "sts:AssumeRole": ({ one }) =>
    one.given.jobRoles.flatMap((role) =>
      ["sts:AssumeRole", "sts:TagSession"].map((action) =>
        need("sts:AssumeRole", action, role, {
          not: [{ why: "no job's", resource: `${role}-admin` }],
        }),
      ),
    ),
};

/** Needs of a bundle's calls. Throws for a call that nobody has thought about. */
export function callNeeds(caller: Caller, commands: readonly string[]): Need[] {
  return commands.flatMap((command) => {
    const row = calls[command];
    if (row === undefined) {
      throw new Error(
        `${caller.name} can call ${command}, which scripts/check-template/iam/calls.ts does not know: say there what ` +
          `it needs, and give it to the role.`,
      );
    }
    return typeof row === "function" ? row(caller) : [];
  });
}

function sendNeeds({ one }: Caller, by: string, queueUrl: string): Need[] {
  return [need(by, "sqs:SendMessage", queueArn(queueUrl)), ...ownKeyNeeds(one, by, queueUrl, sending)];
}

function tableNeeds({ one, core }: Caller, action: string, details: NeedDetails = {}): Need[] {
  const { table } = core();
  return [
    need(action, action, arnHere(one, "dynamodb", `table/${table}`), details),
    ...ownKeyNeeds(one, action, table, reading),
  ];
}

/** https://sqs.REGION.amazonaws.com/ACCOUNT/NAME */
function queueArn(url: string): string {
  const [, region = "", account = "", name = ""] = /^https:\/\/sqs\.([^.]+)\.[^/]+\/(\d+)\/(.+)$/.exec(url) ?? [];
  return `arn:aws:sqs:${region}:${account}:${name}`;
}
