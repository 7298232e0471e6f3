import type { Variant } from "../../../scripts/check-template/variants.ts";
import { propertiesIn, statementIn, statementsIn } from "./mutated.ts";
import type { LooseTemplate } from "./mutated.ts";

type Mistake = readonly [
  /** Words of the name of the rule that finds it. */
  rule: string,
  culprit: RegExp,
  change: (template: LooseTemplate) => void,
  variant?: Variant,
];

const set =
  (id: string, property: string, value: unknown) =>
  (template: LooseTemplate): void => {
    propertiesIn(template, id)[property] = value;
  };

const drop =
  (id: string, property: string) =>
  (template: LooseTemplate): void => {
    // oxlint-disable-next-line typescript/no-dynamic-delete -- a property that somebody forgot
    delete propertiesIn(template, id)[property];
  };

/** What the security rules are there for. */
export const mistakes: readonly Mistake[] = [
  [
    "has its name",
    /^WorkerRole Records dynamodb:GetItem: allowed on \*/m,
    (template) => {
      statementIn(template, "WorkerRole", "Records").Resource = "*";
    },
  ],
  [
    "has its name",
    /^MachineRole Traces logs:PutLogEvents: allowed on \*/m,
    (template) =>
      statementsIn(template, "MachineRole").push({
        Sid: "Traces",
        Effect: "Allow",
        Action: ["xray:PutTraceSegments", "logs:PutLogEvents"],
        Resource: "*",
      }),
  ],
  [
    "things of this account",
    /^HostRole Work: arn:aws:sqs:eu-central-1:999999999999:queue/,
    (template) => {
      statementIn(template, "HostRole", "Work").Resource = "arn:aws:sqs:eu-central-1:999999999999:queue";
    },
  ],
  [
    "has a wildcard",
    /^HostRole Records dynamodb:\*: name each action$/,
    (template) => {
      statementIn(template, "HostRole", "Records").Action = "dynamodb:*";
    },
  ],
  [
    "has a wildcard",
    /^HostRole Records NotAction: name each action$/m,
    (template) => {
      statementIn(template, "HostRole", "Records").NotAction = ["iam:PassRole"];
    },
  ],
  [
    "whoever is let in",
    /^WorkQueueSources Everybody: everybody is let in$/,
    (template) => {
      const { Resource } = statementIn(template, "WorkQueueSources", "EventsOfMachines");
      const everybody = { Sid: "Everybody", Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource };
      statementsIn(template, "WorkQueueSources").push(everybody);
    },
  ],
  [
    "whoever is let in",
    /^DeadLetterQueueSources EventsThatCouldNotBeDelivered: say whose events/,
    (template) => {
      delete statementIn(template, "DeadLetterQueueSources", "EventsThatCouldNotBeDelivered").Condition;
    },
  ],
  ["functions are invoked", /^HostLambdaPermissionHttpApi: /, drop("HostLambdaPermissionHttpApi", "SourceArn")],
  [
    "in the clear",
    /^WorkQueue: its policy does not deny/,
    (template) => {
      statementIn(template, "WorkQueueSources", "NeverInTheClear").Effect = "Allow";
    },
  ],
  ["in the clear", /^Alarms: its policy does not deny/, (template) => delete template.Resources["AlarmsSources"]],
  [
    "a role of its own",
    /HostRole-\w+: two functions have this role$/,
    set("ScheduleLambdaFunction", "Role", { "Fn::GetAtt": ["HostRole", "Arn"] }),
  ],
  [
    "a role of its own",
    /^HostRole: its trust policy lets in more than one service$/,
    set("HostRole", "AssumeRolePolicyDocument", {
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: ["lambda.amazonaws.com", "ec2.amazonaws.com"] },
          Action: "sts:AssumeRole",
        },
      ],
    }),
  ],
  ["a role of its own", /^MachineRole: its trust policy is not one/, drop("MachineRole", "AssumeRolePolicyDocument")],
  [
    "its own log",
    /^HostRole: logs of HostLambdaFunction and of nothing else/,
    (template) => {
      statementIn(template, "HostRole", "OwnLog").Resource = { "Fn::GetAtt": ["WorkerLogGroup", "Arn"] };
    },
  ],
  [
    "its own log",
    /^HostRole OwnLog logs:CreateLogGroup: /,
    (template) => {
      statementIn(template, "HostRole", "OwnLog").Action = ["logs:CreateLogGroup", "logs:PutLogEvents"];
    },
  ],
  [
    "fit into",
    /^WorkerRole: \d{5} characters of inline policies/,
    (template) => {
      statementIn(template, "WorkerRole", "Records").Action = Array.from({ length: 500 }, () => "dynamodb:GetItem");
    },
  ],
  ["refers to nothing", /^WorkQueue: .*Gone/, set("WorkQueue", "KmsMasterKeyId", { Ref: "Gone" })],
  ["refers to nothing", /^Conditions: /, (template) => (template.Conditions = {})],
  [
    "refers to nothing",
    /^WorkQueue: a condition is left open$/m,
    set("WorkQueue", "DelaySeconds", { Ref: "AWS::NoValue" }),
  ],
  [
    "on the internet",
    /^MachineSecurityGroup: an inbound rule$/,
    set("MachineSecurityGroup", "SecurityGroupIngress", [{ IpProtocol: "tcp", CidrIp: "0.0.0.0/0" }]),
  ],
  [
    "on the internet",
    /^Ssh: an inbound rule$/,
    (template) => {
      template.Resources["Ssh"] = { Type: "AWS::EC2::SecurityGroupIngress", Properties: { IpProtocol: "tcp" } };
    },
  ],
  [
    "no bucket is public",
    /^ServerlessDeploymentBucket: may be public$/,
    set("ServerlessDeploymentBucket", "PublicAccessBlockConfiguration", { BlockPublicAcls: true }),
  ],
  [
    "no bucket is public",
    /^ServerlessDeploymentBucket: is not encrypted$/,
    drop("ServerlessDeploymentBucket", "BucketEncryption"),
  ],
  [
    "no bucket is public",
    /^ServerlessDeploymentBucketPolicy: lets somebody in$/,
    (template) => {
      for (const statement of statementsIn(template, "ServerlessDeploymentBucketPolicy")) statement.Effect = "Allow";
    },
  ],
  ["kept for ever", /^HostLogGroup: say how long/, drop("HostLogGroup", "RetentionInDays")],
  [
    "kept for ever",
    /^HostLambdaFunction: Lambda would make its log group/,
    set("HostLogGroup", "LogGroupName", "/aws/lambda/another"),
  ],
  [
    "what becomes of everything",
    /^Table: outlives the stack/,
    (template) => {
      for (const [id, resource] of Object.entries(template.Resources)) {
        if (id === "Table") resource.DeletionPolicy = "Retain";
      }
    },
  ],
  [
    "what becomes of everything",
    /^AppSecret: say what becomes of it when it is replaced/,
    (template) => {
      for (const [id, resource] of Object.entries(template.Resources)) {
        if (id === "AppSecret") resource.UpdateReplacePolicy = "Delete";
      }
    },
  ],
  ["everything is encrypted", /^WorkQueue: is not encrypted$/, set("WorkQueue", "SqsManagedSseEnabled", false)],
  [
    "everything is encrypted",
    /^Table: is not encrypted by the own key$/,
    drop("Table", "SSESpecification"),
    "everything",
  ],
  [
    "everything is encrypted",
    /^HostLogGroup: is not encrypted by the own key$/,
    drop("HostLogGroup", "KmsKeyId"),
    "everything",
  ],
  ["everything is encrypted", /^AppSecret: is not encrypted by/, drop("AppSecret", "KmsKeyId"), "everything"],
  ["everything is encrypted", /^Alarms: is not encrypted by/, drop("Alarms", "KmsMasterKeyId"), "everything"],
  ["everything is encrypted", /^Key: is never changed/, drop("Key", "EnableKeyRotation"), "everything"],
  [
    "disks are encrypted",
    /^LaunchTemplate: a disk in the clear$/,
    (template) => {
      const data = propertiesIn(template, "LaunchTemplate")["LaunchTemplateData"] as Record<string, unknown>;
      data["BlockDeviceMappings"] = [{ DeviceName: "/dev/sda1", Ebs: { Encrypted: false } }];
    },
  ],
  [
    "disks are encrypted",
    /^LaunchTemplate: IMDSv2 with one hop/,
    (template) => {
      const data = propertiesIn(template, "LaunchTemplate")["LaunchTemplateData"] as Record<string, unknown>;
      data["MetadataOptions"] = { HttpTokens: "optional", HttpPutResponseHopLimit: 1 };
    },
  ],
  ["dead-letter queue", /WorkQueue: its queue has no dead-letter queue$/, drop("WorkQueue", "RedrivePolicy")],
  ["dead-letter queue", /VisibilityTimeout of its queue is below 150,/, set("WorkQueue", "VisibilityTimeout", 149)],
  [
    "invocation that fails",
    /^RunnerLambdaFunction: no on-failure destination$/,
    drop("RunnerLambdaEvConf", "DestinationConfig"),
  ],
  [
    "invocation that fails",
    /^RunnerLambdaFunction: is tried again/,
    set("RunnerLambdaEvConf", "MaximumRetryAttempts", 1),
  ],
];
