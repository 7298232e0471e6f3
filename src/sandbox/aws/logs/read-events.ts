import { noGroup, noStream, type LogsPlace } from "./describe.ts";
import { filterPattern } from "./filter-pattern.ts";
import { invalid, number, optionalText, page, text } from "./input.ts";
import type { JsonInput } from "../json-input.ts";
import type { LogEvent } from "./log-line.ts";

const mostEvents = 10_000;
/** A page holds at most 1 MB of messages. */
const mostBytes = 1_048_576;

/**
 * GetLogEvents: a window over the stream's events. The tokens name positions; at an end of the stream the same token
 * comes back, which is how callers know that they have read everything.
 */
export function getLogEvents({ store }: LogsPlace, input: JsonInput): unknown {
  const group = text(input, "logGroupName");
  const events = within(existing(store.events(group, text(input, "logStreamName")), store.streams(group)), input);
  const limit = number(input, "limit", mostEvents, 1, mostEvents);
  const token = optionalText(input, "nextToken");
  const [start, end] = window(events, token, limit, input["startFromHead"] === true);
  return {
    events: events.slice(start, end).map((event) => ({ ...event, ingestionTime: event.timestamp })),
    nextForwardToken: `f/${end}`,
    nextBackwardToken: `b/${start}`,
  };
}

function window(
  events: readonly LogEvent[],
  token: string | undefined,
  limit: number,
  fromHead: boolean,
): [number, number] {
  const match = token === undefined ? undefined : /^([fb])\/(\d+)$/.exec(token);
  if (match === null) throw invalid("The specified nextToken is invalid.");
  const forward = match === undefined ? fromHead : match[1] === "f";
  const at = Math.min(match === undefined ? (fromHead ? 0 : events.length) : Number(match[2]), events.length);
  let size = 0;
  let count = 0;
  while (count < limit) {
    const event = forward ? events[at + count] : events[at - 1 - count];
    size += Buffer.byteLength(event?.message ?? "");
    if (event === undefined || (count > 0 && size > mostBytes)) break;
    count += 1;
  }
  return forward ? [at, at + count] : [at - count, at];
}

/** FilterLogEvents over the streams of one group, in the order of time. */
export function filterLogEvents({ store }: LogsPlace, input: JsonInput): unknown {
  const group = text(input, "logGroupName");
  const streams = store.streams(group);
  if (streams === undefined) throw noGroup();
  const names = input["logStreamNames"];
  const prefix = optionalText(input, "logStreamNamePrefix");
  if (names !== undefined && prefix !== undefined) {
    throw invalid("logStreamNames and logStreamNamePrefix cannot be given together.");
  }
  if (names !== undefined && !Array.isArray(names)) throw invalid("logStreamNames must be a list");
  const wanted = names as readonly unknown[] | undefined;
  if (wanted?.some((name) => !streams.some((stream) => stream.name === name)) === true) throw noStream();
  const matches = filterPattern(optionalText(input, "filterPattern") ?? "");
  const found = streams
    .filter(({ name }) => wanted?.includes(name) ?? name.startsWith(prefix ?? ""))
    .flatMap(({ name }) =>
      (store.events(group, name) ?? []).map((event, index) => ({
        logStreamName: name,
        ...event,
        ingestionTime: event.timestamp,
        eventId: `${name}:${index}`,
      })),
    );
  const events = within(found, input)
    .filter((event) => matches(event.message))
    .toSorted((left, right) => left.timestamp - right.timestamp);
  const limit = number(input, "limit", mostEvents, 1, mostEvents);
  const { items, nextToken } = page(events, limit, optionalText(input, "nextToken"));
  return { events: items, searchedLogStreams: [], nextToken };
}

function existing(events: LogEvent[] | undefined, streams: unknown[] | undefined): LogEvent[] {
  if (streams === undefined) throw noGroup();
  if (events === undefined) throw noStream();
  return events;
}

function within<Event extends LogEvent>(events: readonly Event[], input: JsonInput): Event[] {
  const most = Number.MAX_SAFE_INTEGER;
  const start = number(input, "startTime", 0, 0, most);
  const end = number(input, "endTime", most, 0, most);
  return events.filter(({ timestamp }) => timestamp >= start && timestamp < end);
}
