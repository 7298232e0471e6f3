import type { Packaged } from "../packaged.ts";
import { arnHere, callerOf } from "./caller.ts";
import { callNeeds } from "./calls.ts";
import { logNeeds, platformNeeds } from "./platform-needs.ts";
import { need } from "./request.ts";
import type { Context, Need } from "./request.ts";
import { machineRoleOf } from "./run-instances-needs.ts";

/** Calls that each bundle can make, by the function's name: `ec2:RunInstances`. */
export type Commands = Readonly<Record<string, readonly string[]>>;

/** A role, and everything that it is for. */
export type Subject = {
  /** Its id in the template. */
  readonly role: string;
  readonly needs: readonly Need[];
  /** What requests of the code that runs with it carry, when that code is not ours and must get at nothing. */
  readonly inside?: Context;
};

/** Every role that something of the template uses. Throws for a call that nobody has thought about. */
export function subjectsOf(one: Packaged, commands: Commands): Subject[] {
  const functions = one.all("AWS::Lambda::Function").map(({ id, properties }) => ({
    id,
    name: id.replace("LambdaFunction", "").toLowerCase(),
    role: roleOf(one, "Arn", String(properties["Role"])),
    isRunner: properties["PackageType"] === "Image",
  }));
  return [
    ...functions.map(({ id, name, role, isRunner }) =>
      isRunner ? runnerSubject(one, id, role) : { role, needs: functionNeeds(one, id, name, commands[name]) },
    ),
    ...functions.filter(({ name }) => name === "worker").flatMap(({ id }) => machineSubjects(one, id)),
    ...flowLogSubjects(one),
    ...chatSubjects(one),
  ];
}

function functionNeeds(one: Packaged, id: string, name: string, commands: readonly string[] | undefined): Need[] {
  if (commands === undefined) throw new Error(`nobody knows what ${name} calls: there is no bundle of that name`);
  return [...callNeeds(callerOf(one, name, id), commands), ...platformNeeds(one, id)];
}

/**
 * Jobs run with it, so what Lambda itself does with it must be denied to calls from inside. Logs and traces cannot be:
 * Lambda's own calls for them look as if they came from inside (Lambda developer guide, "Using source function ARN").
 */
function runnerSubject(one: Packaged, id: string, role: string): Subject {
  const name = String(one.properties(id)["FunctionName"]);
  const inside = { "lambda:SourceFunctionArn": arnHere(one, "lambda", `function:${name}`) };
  const needs = platformNeeds(one, id).flatMap((each): Need[] =>
    /^(?:logs|xray):/.test(each.action)
      ? [each, { ...each, context: { ...each.context, ...inside } }]
      : [{ ...each, not: [...each.not, { why: "asked for from inside a job", context: inside }] }],
  );
  return { role, needs, inside };
}

/** What a machine's scripts do: they write its log, and hold sessions while somebody debugs. */
function machineSubjects(one: Packaged, workerId: string): Subject[] {
  const caller = callerOf(one, "worker", workerId);
  const { ec2 } = caller.core();
  if (ec2 === undefined) return [];
  const logs = Object.entries(ec2.regions).flatMap(([region, { logGroup }]) =>
    logNeeds(one, "the machine's log", logGroup, region),
  );
  const role = roleOf(one, undefined, machineRoleOf(caller));
  return [{ role, needs: [...logs, ...(one.given.debug ? sessionNeeds() : [])] }];
}

/** "Getting started with Session Manager", "Add Session Manager permissions to an existing IAM role". */
function sessionNeeds(): Need[] {
  return [
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
  ].map((action) => need("sessions on machines", action, "*"));
}

/** "IAM role for publishing flow logs to CloudWatch Logs"; the group is there already. */
function flowLogSubjects(one: Packaged): Subject[] {
  return one.all("AWS::EC2::FlowLog").map(({ properties }) => {
    const group = String(properties["LogGroupName"]);
    const by = "the flow log";
    const listed = need(by, "logs:DescribeLogStreams", arnHere(one, "logs", `log-group:${group}:log-stream:`));
    const found = need(by, "logs:DescribeLogGroups", "*");
    const role = roleOf(one, "Arn", String(properties["DeliverLogsPermissionArn"]));
    return { role, needs: [...logNeeds(one, by, group), listed, found] };
  });
}

/** Amazon Q Developer shows alarms with their graphs, and answers who asks for more of them. */
function chatSubjects(one: Packaged): Subject[] {
  const channels = ["AWS::Chatbot::SlackChannelConfiguration", "AWS::Chatbot::MicrosoftTeamsChannelConfiguration"];
  const arns = channels.flatMap((type) => one.all(type).map(({ properties }) => String(properties["IamRoleArn"])));
  const actions = ["DescribeAlarms", "GetMetricData", "GetMetricStatistics", "GetMetricWidgetImage", "ListMetrics"];
  return [...new Set(arns)].map((arn) => ({
    role: roleOf(one, "Arn", arn),
    needs: actions.map((action) => need("the chat channel", `cloudwatch:${action}`, "*")),
  }));
}

function roleOf(one: Packaged, attribute: "Arn" | undefined, value: string): string {
  const id = one.idOf("AWS::IAM::Role", value, attribute);
  if (id === undefined) throw new Error(`${value} is no role of the template, so nobody can judge it`);
  return id;
}
