import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { awsFaults } from "../../../src/sandbox/aws/faults.ts";
import { credentials, region, startRig, type Rig } from "./rig.ts";

const group = "/aws/test/group";
let rig: Rig;
let logs: CloudWatchLogsClient;
let streams = 0;

beforeAll(async () => {
  rig = await startRig();
  logs = new CloudWatchLogsClient({ region, endpoint: rig.aws.url, maxAttempts: 1, credentials });
  await logs.send(new CreateLogGroupCommand({ logGroupName: group }));
});
afterAll(async () => {
  logs.destroy();
  await rig.close();
});

async function newStream(messages: readonly string[] = [], startMs = Date.now() - 1_000): Promise<string> {
  streams += 1;
  const logStreamName = `stream/${streams}/[$LATEST]`;
  await logs.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName }));
  const logEvents = messages.map((message, index) => ({ message, timestamp: startMs + index }));
  if (logEvents.length > 0) {
    await logs.send(new PutLogEventsCommand({ logGroupName: group, logStreamName, logEvents }));
  }
  return logStreamName;
}

const nameOf = async (call: Promise<unknown>): Promise<string> =>
  await call.then(
    () => "none",
    (error: unknown) => (error as Error).name,
  );

describe("CloudWatch Logs as the SDK sees it", () => {
  test("events come back with their times, over lines and letters of any kind", async () => {
    const startMs = Date.now() - 5_000;
    const messages = [
      "plain",
      "two\nlines",
      " starts with blanks",
      "ünïcödé ✓",
      "2026-01-01T00:00:00.000Z looks like a time",
    ];
    const logStreamName = await newStream(messages, startMs);
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({ logGroupName: group, logStreamName, startFromHead: true }),
    );
    expect(events.map(({ message }) => message)).toEqual(messages);
    expect(events.map(({ timestamp }) => timestamp)).toEqual(messages.map((_, index) => startMs + index));
    const file = await readFile(rig.aws.logFile(group, logStreamName), "utf8");
    expect(file).toContain(`${new Date(startMs).toISOString()} plain\n`);
  });

  test("pages go forward until the token stays the same, and back", async () => {
    const logStreamName = await newStream(["a", "b", "c", "d", "e"]);
    const read = async (nextToken?: string): Promise<{ text: string; forward?: string; backward?: string }> => {
      const input = { logGroupName: group, logStreamName, startFromHead: true, limit: 2, nextToken };
      const answer = await logs.send(new GetLogEventsCommand(input));
      const text = (answer.events ?? []).map(({ message }) => message).join("");
      return { text, forward: answer.nextForwardToken ?? "", backward: answer.nextBackwardToken ?? "" };
    };
    const pages: string[] = [];
    let token: string | undefined;
    for (;;) {
      const { text, forward } = await read(token);
      if (forward === token) break;
      pages.push(text);
      token = forward;
    }
    expect(pages).toEqual(["ab", "cd", "e"]);
    const second = await read((await read()).forward);
    expect((await read(second.backward)).text).toBe("ab");
    const tail = await logs.send(new GetLogEventsCommand({ logGroupName: group, logStreamName, limit: 2 }));
    expect((tail.events ?? []).map(({ message }) => message)).toEqual(["d", "e"]);
  });

  test("filters by words, phrases, alternatives, exclusions, streams and time", async () => {
    const startMs = Date.now() - 60_000;
    const one = await newStream(["ERROR disk full", "ok", "WARN disk slow"], startMs);
    await newStream(["ERROR elsewhere"], startMs);
    const found = async (filterPattern: string, more = {}): Promise<string[]> => {
      const input = { logGroupName: group, logStreamNames: [one], filterPattern, ...more };
      return ((await logs.send(new FilterLogEventsCommand(input))).events ?? []).map(({ message }) => message ?? "");
    };
    expect(await found("disk")).toEqual(["ERROR disk full", "WARN disk slow"]);
    expect(await found('"disk full"')).toEqual(["ERROR disk full"]);
    expect(await found("?ERROR ?ok")).toEqual(["ERROR disk full", "ok"]);
    expect(await found("disk -WARN")).toEqual(["ERROR disk full"]);
    expect(await found("", { startTime: startMs + 1, endTime: startMs + 2 })).toEqual(["ok"]);
    expect(await found("ERROR", { logStreamNames: undefined })).toEqual(["ERROR disk full", "ERROR elsewhere"]);
  });

  test("lists groups and streams", async () => {
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/aws/test/" }));
    expect(logGroups.map(({ logGroupName }) => logGroupName)).toEqual([group]);
    const logStreamName = await newStream(["only"]);
    const input = { logGroupName: group, logStreamNamePrefix: logStreamName };
    const { logStreams = [] } = await logs.send(new DescribeLogStreamsCommand(input));
    expect(logStreams).toHaveLength(1);
    expect(logStreams[0]?.arn).toBe(
      `arn:aws:logs:${region}:123456789012:log-group:${group}:log-stream:${logStreamName}`,
    );
  });

  test("a function's output is read back over the API", async () => {
    await rig.invoke("reader", [["say", "hello from inside"]]);
    await rig.seen("invocation-answered", "reader");
    const environment = rig.aws.environments().find(({ tenant }) => tenant === "reader");
    const { logGroup: logGroupName, logStream: logStreamName } = environment ?? { logGroup: "", logStream: "" };
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({ logGroupName, logStreamName, startFromHead: true }),
    );
    const messages = events.map(({ message }) => message ?? "");
    expect(messages[0]).toMatch(/^START /);
    expect(messages).toContain("hello from inside");
    expect(messages.at(-1)).toMatch(/^REPORT /);
  });
});

describe("what CloudWatch Logs refuses", () => {
  const put = async (logEvents: { message: string; timestamp: number }[], logStreamName: string): Promise<string> =>
    await nameOf(logs.send(new PutLogEventsCommand({ logGroupName: group, logStreamName, logEvents })));

  test("batches out of order, over 24 hours, or over 1 MiB", async () => {
    const stream = await newStream();
    const now = Date.now();
    const event = (timestamp: number, message = "x"): { message: string; timestamp: number } => ({
      message,
      timestamp,
    });
    expect(await put([event(now), event(now - 1)], stream)).toBe("InvalidParameterException");
    expect(await put([event(now - 25 * 3_600_000), event(now)], stream)).toBe("InvalidParameterException");
    expect(await put([event(now, "x".repeat(1_048_576 - 26 + 1))], stream)).toBe("InvalidParameterException");
    expect(await put([event(now, "x".repeat(1_048_576 - 26))], stream)).toBe("none");
    expect(await put([event(now)], "no/such/stream")).toBe("ResourceNotFoundException");
  });

  test("events that are too old or too new are told and left out", async () => {
    const logStreamName = await newStream();
    const future = Date.now() + 3 * 3_600_000;
    const logEvents = [{ message: "too new", timestamp: future }];
    const answer = await logs.send(new PutLogEventsCommand({ logGroupName: group, logStreamName, logEvents }));
    expect(answer.rejectedLogEventsInfo?.tooNewLogEventStartIndex).toBe(0);
    const { events } = await logs.send(new GetLogEventsCommand({ logGroupName: group, logStreamName }));
    expect(events).toEqual([]);
  });

  test("what is there already, and what is not", async () => {
    const logStreamName = await newStream();
    expect(await nameOf(logs.send(new CreateLogGroupCommand({ logGroupName: group })))).toBe(
      "ResourceAlreadyExistsException",
    );
    expect(await nameOf(logs.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName })))).toBe(
      "ResourceAlreadyExistsException",
    );
    const missing = new GetLogEventsCommand({ logGroupName: "/nobody", logStreamName });
    expect(await nameOf(logs.send(missing))).toBe("ResourceNotFoundException");
  });

  test("faults strike before the effect, or after it", async () => {
    expect(Object.keys(awsFaults.logs)).toContain("PutLogEvents");
    const stream = await newStream();
    const now = Date.now();
    rig.breakNext("logs", "PutLogEvents", "ThrottlingException");
    expect(await put([{ message: "before", timestamp: now }], stream)).toBe("ThrottlingException");
    rig.breakNext("logs", "PutLogEvents", "lost-reply");
    expect(await put([{ message: "after", timestamp: now }], stream)).not.toBe("none");
    const { events = [] } = await logs.send(new GetLogEventsCommand({ logGroupName: group, logStreamName: stream }));
    expect(events.map(({ message }) => message)).toEqual(["after"]);
  });
});
