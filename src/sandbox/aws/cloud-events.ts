import { randomUUID } from "node:crypto";
import type { InstanceStateName } from "./ec2/options.ts";
import type { FakeAwsEvent } from "./lambda/function.ts";

type Place = { readonly region: string; readonly account: string };

/** Where the clouds' own announcements go: each the JSON that AWS would send to a queue. */
export type CloudEvents = (body: Readonly<Record<string, unknown>>) => void;

/** Events that were given up because nobody ever had them, by the reason that the stand-in gives. */
const conditions: Readonly<Record<string, string>> = {
  "the function's reserved concurrency is 0": "ZeroReservedConcurrency",
};

/**
 * The record that an on-failure destination gets of an asynchronous invocation; undefined when there is nothing to
 * record. An event that a fault of ours swallowed is lost without a trace.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export function failureRecord(event: FakeAwsEvent, { region, account }: Place): Record<string, unknown> | undefined {
  const { type, functionName, requestId, reason = "", payload } = event;
  if (payload === undefined || reason === "a fault") return undefined;
  if (type !== "dropped" && type !== "invocation-failed" && type !== "invocation-timed-out") return undefined;
  const dropped = type === "dropped";
  const timedOut = type === "invocation-timed-out";
  return {
    version: "1.0",
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId,
      functionArn: `arn:aws:lambda:${region}:${account}:function:${functionName}:$LATEST`,
      condition: dropped ? (conditions[reason] ?? "EventAgeExceeded") : "RetriesExhausted",
      approximateInvokeCount: 1,
    },
    requestPayload: JSON.parse(payload) as unknown,
    ...(!dropped && {
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      responsePayload: timedOut ? { errorMessage: `${requestId} Task timed out` } : failure(reason),
    }),
  };
}

/** The stand-in tells `Type: message`. */
function failure(reason: string): Record<string, string> {
  const [, errorType = "Runtime.ExitError", errorMessage = reason] = /^([\w.]+): (.*)$/s.exec(reason) ?? [];
  return { errorType, errorMessage };
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html */
export function stateChange(instanceId: string, state: InstanceStateName, place: Place): Record<string, unknown> {
  return eventBridge("EC2 Instance State-change Notification", instanceId, { state }, place);
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html */
export function spotWarning(instanceId: string, place: Place): Record<string, unknown> {
  return eventBridge("EC2 Spot Instance Interruption Warning", instanceId, { "instance-action": "terminate" }, place);
}

function eventBridge(
  type: string,
  instanceId: string,
  detail: Readonly<Record<string, string>>,
  { region, account }: Place,
): Record<string, unknown> {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": type,
    source: "aws.ec2",
    account,
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    region,
    resources: [`arn:aws:ec2:${region}:${account}:instance/${instanceId}`],
    detail: { "instance-id": instanceId, ...detail },
  };
}
