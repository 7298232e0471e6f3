import { readFileSync } from "node:fs";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { SQSEvent, SQSRecord } from "aws-lambda";
import { sqsQueue } from "../../../src/adapters/queue/sqs.ts";
import { sqsSender } from "../../../src/adapters/queue/sqs/sqs-sender.ts";
import { failedItems } from "../../../src/sandbox/aws/failed-items.ts";
import { startSqsEvents } from "../../../src/sandbox/aws/sqs-events.ts";
import type { SqsEvents, SqsEventsOptions } from "../../../src/sandbox/aws/sqs-events.ts";
import { fauxqsQueues } from "../../helpers/fauxqs-queue.ts";
import type { FauxqsQueue } from "../../helpers/fauxqs-queue.ts";
import { until } from "../../helpers/until.ts";
import { virtualClock } from "../../helpers/virtual-clock.ts";
import type { VirtualClock } from "../../helpers/virtual-clock.ts";

const sqs = fauxqsQueues();
let clock: VirtualClock;
let queue: FauxqsQueue;
let started: SqsEvents[];
let errors: string[];
beforeEach(() => {
  clock = virtualClock();
  // fauxqs runs in this process and knows the time from here only
  jest.spyOn(Date, "now").mockImplementation(() => clock.nowMs());
  queue = sqs.newQueue(30);
  started = [];
  errors = [];
});
afterEach(async () => {
  await Promise.all(started.map(async (one) => await one.stop()));
});

function start(handler: SqsEventsOptions["handler"], more: Partial<SqsEventsOptions> = {}): SqsEvents {
  const onError = (error: unknown): void => void errors.push(String(error));
  const events = startSqsEvents({ client: sqs.client(), ...queue, handler, onError, waitSeconds: 0, ...more });
  started.push(events);
  return events;
}

async function send(...jobIds: readonly number[]): Promise<void> {
  const entries = jobIds.map((jobId) => ({ message: { kind: "wake", jobId }, group: "186853002" }) as const);
  await sqsSender({ client: sqs.client(), queueUrl: queue.queueUrl }).send(entries);
}

const size = async (): Promise<number> => await sqsQueue({ client: sqs.client(), ...queue }).size();
const jobsOf = ({ Records }: SQSEvent): number[] =>
  Records.map(({ body }) => (JSON.parse(body) as { readonly jobId: number }).jobId);
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("the event", () => {
  const file = new URL("../../fixtures/aws-events/sqs-event.json", import.meta.url);
  const [documented] = (JSON.parse(readFileSync(file, "utf8")) as SQSEvent).Records;

  test("is shaped as Lambda's", async () => {
    const events: SQSEvent[] = [];
    start(async (event) => void events.push(event));
    await send(51_234_567_890);
    await until(() => events.length === 1);
    const record = events[0]?.Records[0];
    const keys = (value: object | undefined): string[] => Object.keys(value ?? {}).toSorted();
    expect([keys(events[0]), keys(record), keys(record?.attributes)]).toEqual([
      ["Records"],
      keys(documented),
      keys(documented?.attributes),
    ]);
    expect(record).toMatchObject({
      body: documented?.body,
      md5OfBody: documented?.md5OfBody,
      attributes: { ApproximateReceiveCount: "1", MessageGroupId: "186853002", SentTimestamp: String(clock.nowMs()) },
      eventSource: "aws:sqs",
      eventSourceARN: queue.queueArn,
      awsRegion: "eu-central-1",
    });
    expect(record?.messageId).toMatch(/^[\da-f-]{36}$/);
    expect(record?.receiptHandle).not.toBe("");
  });

  test("has the message's own attributes, bytes as base64", async () => {
    const records: SQSRecord[] = [];
    start(async ({ Records }) => void records.push(...Records));
    const MessageAttributes = {
      reason: { DataType: "String", StringValue: "it burns" },
      bytes: { DataType: "Binary", BinaryValue: Buffer.from([0, 255]) },
    };
    const command = { QueueUrl: queue.queueUrl, MessageBody: "hello", MessageAttributes };
    await sqs.client().send(new SendMessageCommand(command));
    await until(() => records.length === 1);
    const lists = { stringListValues: [], binaryListValues: [] };
    expect(records[0]?.messageAttributes).toEqual({
      reason: { stringValue: "it burns", dataType: "String", ...lists },
      bytes: { binaryValue: "AP8=", dataType: "Binary", ...lists },
    });
    expect(records[0]?.md5OfMessageAttributes).toMatch(/^[\da-f]{32}$/);
  });

  test.each([
    [undefined, 10],
    [3, 3],
  ])("has no more messages than the batch size: %p", async (batchSize, most) => {
    const sizes: number[] = [];
    await send(...numbers(25));
    start(async ({ Records }) => void sizes.push(Records.length), batchSize === undefined ? {} : { batchSize });
    await until(() => sizes.reduce((sum, one) => sum + one, 0) === 25);
    expect(Math.max(...sizes)).toBe(most);
  });
});

describe("what the function has answered", () => {
  test("what it does not name is deleted; the rest comes back after the visibility timeout", async () => {
    const heard: number[][] = [];
    const events = start(async (event) => {
      heard.push(jobsOf(event));
      const failed = heard.length === 1 ? event.Records.filter((_, place) => place !== 1) : [];
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    });
    await send(0, 1, 2);
    await until(() => heard.length === 1 && events.running() === 0);
    expect(await size()).toBe(2);
    clock.advance(31);
    await until(() => heard.length > 1);
    await events.stop();
    expect([heard.flat().toSorted((one, two) => one - two), await size(), errors]).toEqual([[0, 0, 1, 2, 2], 0, []]);
  });

  test.each<[string, () => unknown, RegExp]>([
    ["rejects", () => Promise.reject(new Error("Task timed out")), /Task timed out/],
    ["names a message that was not there", () => ({ batchItemFailures: [{ itemIdentifier: "x" }] }), /whole batch/],
    ["answers nonsense", () => "fine", /the answer is no object/],
  ])("nothing is deleted when it %s", async (_, answer, message) => {
    let calls = 0;
    const events = start(async () => {
      calls += 1;
      return calls === 1 ? await answer() : undefined;
    });
    await send(0, 1);
    await until(() => errors.length > 0);
    expect([await size(), errors]).toEqual([2, [expect.stringMatching(message)]]);
    clock.advance(31);
    await until(() => calls > 1);
    await events.stop();
    expect(await size()).toBe(0);
  });

  const ids = ["a", "b"];
  test.each([undefined, null, {}, { batchItemFailures: [] }, { batchItemFailures: null }, { statusCode: 200 }])(
    "a success: %j",
    (answer) => {
      expect([...failedItems(answer, ids)]).toEqual([]);
    },
  );

  test("a part of the batch", () => {
    const answer = { batchItemFailures: [{ itemIdentifier: "b" }, { itemIdentifier: "b" }] };
    expect([...failedItems(answer, ids)]).toEqual(["b"]);
  });

  test.each([
    { batchItemFailures: [{ itemIdentifier: "" }] },
    { batchItemFailures: [{ itemIdentifier: null }] },
    { batchItemFailures: [{ itemIdentifier: 7 }] },
    { batchItemFailures: [{ messageId: "a" }] },
    { batchItemFailures: [{ itemIdentifier: "a" }, { itemIdentifier: "c" }] },
    { batchItemFailures: ["a"] },
    { batchItemFailures: [null] },
    { batchItemFailures: "a" },
    { batchItemFailures: { itemIdentifier: "a" } },
    [],
    "a",
    7,
  ])("a failure of the whole batch: %j", (answer) => {
    expect(() => failedItems(answer, ids)).toThrow("the whole batch failed");
  });
});

describe("the loop", () => {
  test("as many events at a time as it may have, and no more", async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let underWay = 0;
    let most = 0;
    let ended = 0;
    const events = start(
      async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await gate;
        underWay -= 1;
        ended += 1;
      },
      { batchSize: 1, maximumConcurrency: 3 },
    );
    await send(...numbers(7));
    await until(() => underWay === 3);
    expect(events.running()).toBe(3);
    // room for a fourth one that would be wrong
    await until(() => underWay > 3, undefined, 300).catch(() => undefined);
    open();
    await until(() => ended === 7);
    expect(most).toBe(3);
  });

  test("stopping waits for what is under way; what is sent then stays in the queue", async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const heard: number[] = [];
    const events = start(async (event) => {
      heard.push(...jobsOf(event));
      await gate;
    });
    await send(0);
    await until(() => heard.length === 1);
    const stopping = events.stop();
    const turns = new Promise<string>((resolve) => {
      setTimeout(() => resolve("under way"), 50);
    });
    expect(await Promise.race([stopping, turns])).toBe("under way");
    open();
    await stopping;
    expect([events.running(), await size()]).toEqual([0, 0]);
    await send(1);
    expect([heard, await size()]).toEqual([[0], 1]);
  });

  test("failed calls are told and end nothing", async () => {
    const heard: number[][] = [];
    sqs.break("ReceiveMessage", { kind: "error", status: 503, code: "ServiceUnavailable" });
    sqs.break("DeleteMessageBatch", { kind: "error", status: 403, code: "AccessDeniedException" });
    const events = start(async (event) => void heard.push(jobsOf(event)), { waitSeconds: 1 });
    await send(0);
    await until(() => errors.length === 2);
    clock.advance(31);
    await until(() => heard.length === 2);
    await events.stop();
    expect([heard, await size()]).toEqual([[[0], [0]], 0]);
  });
});
