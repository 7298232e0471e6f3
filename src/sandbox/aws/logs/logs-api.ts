import type { logsOperations } from "../faults.ts";
import { jsonInput, operationNamed, type JsonInput } from "../json-input.ts";
import { describeLogGroups, describeLogStreams, type LogsPlace } from "./describe.ts";
import { createLogGroup, createLogStream, putLogEvents } from "./put-events.ts";
import { filterLogEvents, getLogEvents } from "./read-events.ts";

type Operation = (place: LogsPlace, input: JsonInput) => unknown;

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
  return operationNamed(operations, operation)(place, jsonInput(body));
}
