import type { Packaged, Properties } from "../packaged.ts";
import { arnHere } from "./caller.ts";
import { ownKeyNeeds, reading, sending } from "./own-key.ts";
import { need } from "./request.ts";
import type { Need } from "./request.ts";

/** What AWS does with a function's role before, beside and after its code (Lambda developer guide). */
export function platformNeeds(one: Packaged, functionId: string): Need[] {
  const properties = one.properties(functionId);
  const name = String(properties["FunctionName"]);
  const tracing = properties["TracingConfig"] as { readonly Mode: string } | undefined;
  return [
    ...logNeeds(one, "its log", `/aws/lambda/${name}`),
    ...(tracing?.Mode === "Active"
      ? ["xray:PutTraceSegments", "xray:PutTelemetryRecords"].map((action) => need("X-Ray", action, "*"))
      : []),
    ...(properties["VpcConfig"] === undefined ? [] : networkNeeds()),
    ...eventSourceNeeds(one, name),
    ...onFailureNeeds(one, name),
  ];
}

/** Streams of a group that is there already. */
export function logNeeds(one: Packaged, by: string, group: string, region = one.place.region): Need[] {
  const stream = arnHere(one, "logs", `log-group:${group}:log-stream:one`, region);
  const another = { why: "of another group", resource: stream.replace(group, `${group}-other`) };
  return ["logs:CreateLogStream", "logs:PutLogEvents"].map((action) => need(by, action, stream, { not: [another] }));
}

/**
 * "Giving Lambda functions access to resources in an Amazon VPC" in the Lambda developer guide: it asks for all of them on
 * all resources before it takes the function.
 */
function networkNeeds(): Need[] {
  return [
    "CreateNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "DeleteNetworkInterface",
    "AssignPrivateIpAddresses",
    "UnassignPrivateIpAddresses",
  ].map((action) => need("the function's VPC", `ec2:${action}`, "*"));
}

/** "Using Lambda with Amazon SQS": the pollers act with the function's role. */
function eventSourceNeeds(one: Packaged, name: string): Need[] {
  return mappingsOf(one, "AWS::Lambda::EventSourceMapping", name).flatMap(({ EventSourceArn: source }) =>
    [
      ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"].map((action) =>
        need("its event source", action, String(source)),
      ),
      ownKeyNeeds(one, "its event source", queueUrl(String(source)), reading),
    ].flat(),
  );
}

/** "Retaining records of asynchronous invocations": Lambda sends with the function's role. */
function onFailureNeeds(one: Packaged, name: string): Need[] {
  return mappingsOf(one, "AWS::Lambda::EventInvokeConfig", name).flatMap(({ DestinationConfig: config }) => {
    const { OnFailure: onFailure } = (config ?? {}) as { readonly OnFailure?: { readonly Destination: string } };
    if (onFailure === undefined) return [];
    const { Destination: queue } = onFailure;
    return [
      need("its on-failure destination", "sqs:SendMessage", queue),
      ...ownKeyNeeds(one, "its on-failure destination", queueUrl(queue), sending),
    ];
  });
}

/** By name or ARN of the function. */
function mappingsOf(one: Packaged, type: string, name: string): Properties[] {
  const named = (of: unknown): boolean => String(of) === name || String(of).endsWith(`:function:${name}`);
  return one.all(type).flatMap(({ properties }) => (named(properties["FunctionName"]) ? [properties] : []));
}

function queueUrl(arn: string): string {
  const [, , , region = "", account = "", name = ""] = arn.split(":");
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
}
