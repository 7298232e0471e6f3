import { AwsError } from "../aws-error.ts";
import { noGroup, noStream, type LogsPlace } from "./describe.ts";
import { invalid, text } from "./input.ts";
import type { JsonInput } from "../json-input.ts";
import type { LogEvent } from "./log-line.ts";

const hourMs = 3_600_000;
/** Limits of PutLogEvents, API reference of 2026. */
const mostEvents = 10_000;
const mostBytes = 1_048_576;
const overheadBytes = 26;

const nameForm = /^[\w./#-]{1,512}$/;

export function createLogGroup({ store }: LogsPlace, input: JsonInput): unknown {
  const group = text(input, "logGroupName");
  if (!nameForm.test(group)) throw invalid(`invalid logGroupName: ${group}`);
  if (!store.createGroup(group)) {
    throw new AwsError(400, "ResourceAlreadyExistsException", "The specified log group already exists");
  }
  return undefined;
}

export function createLogStream({ store }: LogsPlace, input: JsonInput): unknown {
  const group = text(input, "logGroupName");
  const stream = text(input, "logStreamName");
  if (/[:*]/.test(stream) || stream.length > 512) throw invalid(`invalid logStreamName: ${stream}`);
  if (store.streams(group) === undefined) throw noGroup();
  if (!store.createStream(group, stream)) {
    throw new AwsError(400, "ResourceAlreadyExistsException", "The specified log stream already exists");
  }
  return undefined;
}

/** PutLogEvents: one batch in the order of time, within 24 hours; too old and too new events are told and dropped. */
export function putLogEvents({ store }: LogsPlace, input: JsonInput): unknown {
  const group = text(input, "logGroupName");
  const stream = text(input, "logStreamName");
  const streams = store.streams(group);
  if (streams === undefined) throw noGroup();
  if (!streams.some(({ name }) => name === stream)) throw noStream();
  const events = batch(input["logEvents"]);
  const nowMs = Date.now();
  const tooOld = events.findLastIndex(({ timestamp }) => timestamp < nowMs - 14 * 24 * hourMs);
  const tooNew = events.findIndex(({ timestamp }) => timestamp > nowMs + 2 * hourMs);
  store.append(group, stream, events.slice(tooOld + 1, tooNew === -1 ? undefined : tooNew));
  const rejected = {
    ...(tooNew === -1 ? {} : { tooNewLogEventStartIndex: tooNew }),
    ...(tooOld === -1 ? {} : { tooOldLogEventEndIndex: tooOld + 1 }),
  };
  const hasRejected = Object.keys(rejected).length > 0;
  return { nextSequenceToken: "0", ...(hasRejected ? { rejectedLogEventsInfo: rejected } : {}) };
}

function batch(value: unknown): LogEvent[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid("logEvents must hold at least 1 event");
  if (value.length > mostEvents) throw invalid(`logEvents must hold at most ${mostEvents} events`);
  const events = value.map((entry: unknown): LogEvent => {
    const { timestamp, message } = (entry ?? {}) as Record<string, unknown>;
    if (typeof timestamp !== "number" || !Number.isSafeInteger(timestamp) || timestamp < 0) {
      throw invalid("timestamp must be a whole number");
    }
    if (typeof message !== "string" || message === "") throw invalid("message must not be empty");
    return { timestamp, message };
  });
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + overheadBytes, 0);
  if (bytes > mostBytes) throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${mostBytes}`);
  const inOrder = events.every((event, index) => event.timestamp >= (events[index - 1]?.timestamp ?? 0));
  if (!inOrder) throw invalid("Log events in a single PutLogEvents request must be in chronological order.");
  const span = (events.at(-1)?.timestamp ?? 0) - (events[0]?.timestamp ?? 0);
  if (span > 24 * hourMs) {
    throw invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
  return events;
}
