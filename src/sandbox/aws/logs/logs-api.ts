import { AwsError } from "../aws-error.ts";
import type { logsOperations } from "../faults.ts";
import { describeLogGroups, describeLogStreams, type LogsPlace } from "./describe.ts";
import type { Input } from "./input.ts";
import { createLogGroup, createLogStream, putLogEvents } from "./put-events.ts";
import { filterLogEvents, getLogEvents } from "./read-events.ts";

type Operation = (place: LogsPlace, input: Input) => unknown;

const operations: Readonly<Record<(typeof logsOperations)[number], Operation>> = {
  CreateLogGroup: createLogGroup,
  CreateLogStream: createLogStream,
  DescribeLogGroups: describeLogGroups,
  DescribeLogStreams: describeLogStreams,
  FilterLogEvents: filterLogEvents,
  GetLogEvents: getLogEvents,
  PutLogEvents: putLogEvents,
};

/** Carries out one operation of CloudWatch Logs; throws an `AwsError` as the service would answer it. */
export function logsApi(place: LogsPlace, operation: string, body: string): unknown {
  const carryOut = Object.hasOwn(operations, operation) ? operations[operation as keyof typeof operations] : undefined;
  if (carryOut === undefined) {
    throw new AwsError(400, "UnknownOperationException", `${operation} is not in the sandbox`);
  }
  let input: unknown;
  try {
    input = JSON.parse(body);
  } catch {
    input = undefined;
  }
  if (typeof input !== "object" || input === null) throw new AwsError(400, "SerializationException", "not JSON");
  return carryOut(place, input as Input);
}
