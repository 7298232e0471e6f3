import { AwsError } from "../aws-error.ts";
import { invalid, number, optionalText, page, text } from "./input.ts";
import type { JsonInput } from "../json-input.ts";
import type { LogStore } from "./log-store.ts";

export type LogsPlace = { readonly store: LogStore; readonly region: string; readonly account: string };

export function describeLogGroups({ store, region, account }: LogsPlace, input: JsonInput): unknown {
  const prefix = optionalText(input, "logGroupNamePrefix") ?? "";
  const groups = store.groups().filter((group) => group.name.startsWith(prefix));
  const { items, nextToken } = page(groups, number(input, "limit", 50, 1, 50), optionalText(input, "nextToken"));
  const logGroups = items.map(({ name, createdAtMs }) => ({
    logGroupName: name,
    creationTime: createdAtMs,
    metricFilterCount: 0,
    arn: `arn:aws:logs:${region}:${account}:log-group:${name}:*`,
    logGroupArn: `arn:aws:logs:${region}:${account}:log-group:${name}`,
    logGroupClass: "STANDARD",
    storedBytes: 0,
  }));
  return { logGroups, nextToken };
}

export function describeLogStreams({ store, region, account }: LogsPlace, input: JsonInput): unknown {
  const group = text(input, "logGroupName");
  const prefix = optionalText(input, "logStreamNamePrefix") ?? "";
  const orderBy = optionalText(input, "orderBy") ?? "LogStreamName";
  if (orderBy !== "LogStreamName" && orderBy !== "LastEventTime") throw invalid(`unknown orderBy: ${orderBy}`);
  if (orderBy === "LastEventTime" && prefix !== "") {
    throw invalid("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  const streams = store.streams(group);
  if (streams === undefined) throw noGroup();
  const described = streams
    .filter((stream) => stream.name.startsWith(prefix))
    .map(({ name, createdAtMs }) => {
      const events = store.events(group, name) ?? [];
      const last = events.at(-1)?.timestamp;
      return {
        logStreamName: name,
        creationTime: createdAtMs,
        ...(last === undefined
          ? {}
          : { firstEventTimestamp: events[0]?.timestamp, lastEventTimestamp: last, lastIngestionTime: last }),
        uploadSequenceToken: "0",
        arn: `arn:aws:logs:${region}:${account}:log-group:${group}:log-stream:${name}`,
        storedBytes: 0,
      };
    });
  if (orderBy === "LastEventTime") {
    described.sort((left, right) => (left.lastEventTimestamp ?? 0) - (right.lastEventTimestamp ?? 0));
  }
  if (input["descending"] === true) described.reverse();
  const { items, nextToken } = page(described, number(input, "limit", 50, 1, 50), optionalText(input, "nextToken"));
  return { logStreams: items, nextToken };
}

export function noGroup(): AwsError {
  return new AwsError(400, "ResourceNotFoundException", "The specified log group does not exist.");
}

export function noStream(): AwsError {
  return new AwsError(400, "ResourceNotFoundException", "The specified log stream does not exist.");
}
