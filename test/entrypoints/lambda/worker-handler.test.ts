import { readFileSync } from "node:fs";
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { sqsQueue } from "../../../src/adapters/queue/sqs.ts";
import { sqsSettle } from "../../../src/adapters/queue/sqs/sqs-settle.ts";
import { done } from "../../../src/core/core.ts";
import type { Log, Message, Verdict } from "../../../src/core/ports.ts";
import { timeLimit } from "../../../src/entrypoints/lambda/worker/time-limit.ts";
import { workerHandler } from "../../../src/entrypoints/lambda/worker/worker-handler.ts";
import { sqsRecord } from "../../../src/sandbox/aws/sqs-record.ts";
import { fauxqsQueues } from "../../helpers/fauxqs-queue.ts";
import type { FauxqsQueue } from "../../helpers/fauxqs-queue.ts";
import { until } from "../../helpers/until.ts";
import { virtualClock } from "../../helpers/virtual-clock.ts";
import type { VirtualClock } from "../../helpers/virtual-clock.ts";

const sqs = fauxqsQueues();
const group = "186853002";
let clock: VirtualClock;
let queue: FauxqsQueue;
let logged: { readonly level: string; readonly message: string; readonly facts: Record<string, unknown> }[];
beforeEach(() => {
  clock = virtualClock();
  // fauxqs runs in this process and knows the time from here only
  jest.spyOn(Date, "now").mockImplementation(() => clock.nowMs());
  queue = sqs.newQueue(150);
  logged = [];
});

const line =
  (level: keyof Log) =>
  (message: string, facts: Record<string, unknown> = {}): void =>
    void logged.push({ level, message, facts });
const log: Log = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };

type OnMessage = (message: Message, receives: number) => Promise<Verdict>;

/** Hands what is due to a worker, as Lambda would, with so much time left. */
async function invoke(onMessage: OnMessage, leftMs = 25_000): Promise<SQSBatchResponse> {
  const event = { Records: await receive(queue.queueUrl) };
  return await invokeWith(onMessage, event, leftMs);
}

async function invokeWith(onMessage: OnMessage, event: SQSEvent, leftMs = 25_000): Promise<SQSBatchResponse> {
  const settle = sqsSettle({ client: sqs.client(), ...queue });
  const handler = workerHandler({ app: { onMessage }, settle, log });
  return await handler(event, { getRemainingTimeInMillis: () => leftMs });
}

async function receive(queueUrl: string): Promise<SQSRecord[]> {
  const all = { MessageSystemAttributeNames: ["All" as const], MessageAttributeNames: ["All"] };
  const command = new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, ...all });
  const { Messages = [] } = await sqs.client().send(command);
  return Messages.map((message) => sqsRecord(message, queue.queueArn));
}

/** Sends texts; their message ids. */
async function sent(...bodies: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const MessageBody of bodies) {
    const command = new SendMessageCommand({ QueueUrl: queue.queueUrl, MessageBody, MessageGroupId: group });
    ids.push((await sqs.client().send(command)).MessageId ?? "");
  }
  return ids;
}

const wake = (jobId: number): string => JSON.stringify({ kind: "wake", jobId });
const sample = (name: string): string =>
  readFileSync(new URL(`../../fixtures/aws-events/${name}.json`, import.meta.url), "utf8");
const failures = (...ids: readonly (string | undefined)[]): SQSBatchResponse => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier: itemIdentifier ?? "none" })),
});
const deadReasons = async (): Promise<string[]> =>
  (await sqsQueue({ client: sqs.client(), ...queue, waitSeconds: 0 }).deadLetters()).map(({ reason }) => reason);

/** Verdicts by job id. */
function verdicts(byJob: Readonly<Record<number, Verdict | Error>>): OnMessage {
  return async (message) => {
    const verdict = message.kind === "wake" ? byJob[message.jobId] : undefined;
    if (verdict instanceof Error) throw verdict;
    return verdict ?? done;
  };
}

const again = (afterSeconds: number): Verdict => ({ outcome: "again", afterSeconds, reason: "test" });
const dead: Verdict = { outcome: "dead-letter", reason: "given up" };

describe("each record by itself", () => {
  test("done and dead letters are through; what comes back is named, and comes at its time", async () => {
    const ids = await sent(wake(0), wake(1), wake(2), wake(3));
    const answer = await invoke(verdicts({ 1: again(5), 2: dead, 3: again(600) }));
    expect(answer).toEqual(failures(ids[1], ids[3]));
    const [letter, ...more] = await receive(queue.deadLetterQueueUrl);
    expect(more).toEqual([]);
    expect(letter).toMatchObject({ body: wake(2), attributes: { MessageGroupId: group } });
    expect(letter?.messageAttributes["reason"]?.stringValue).toBe("given up");
    clock.advance(6);
    expect((await receive(queue.queueUrl)).map(({ messageId }) => messageId)).toEqual([ids[1]]);
    clock.advance(595);
    expect((await receive(queue.queueUrl)).map(({ messageId }) => messageId)).toContain(ids[3]);
  });

  test("the core hears what was sent and how often it was received; clouds' events arrive as its messages", async () => {
    await sent(wake(0), sample("lambda-timeout"), sample("ec2-spot-interruption"), sample("ec2-running"));
    await invoke(async () => again(0));
    const heard: [Message, number][] = [];
    await invoke(async (message, receives) => {
      heard.push([message, receives]);
      return done;
    });
    const why = "Lambda ended it: Task timed out after 900.00 seconds";
    expect(heard).toHaveLength(3);
    expect(heard).toEqual(
      expect.arrayContaining([
        [{ kind: "wake", jobId: 0 }, 2],
        [{ kind: "invocation-failed", runner: "mayfly-51234567890-1", dropped: false, why }, 2],
        [{ kind: "machine", machineId: "i-1234567890abcdef0", event: "notice", why: "spot interruption" }, 2],
      ]),
    );
  });

  test("news that ask for nothing are through without anybody's work", async () => {
    await sent(sample("ec2-running"));
    const onMessage = jest.fn<OnMessage>();
    expect(await invoke(onMessage)).toEqual(failures());
    expect(onMessage).not.toHaveBeenCalled();
    expect(await deadReasons()).toEqual([]);
  });

  test("all records of a batch are worked on at once", async () => {
    await sent(...Array.from({ length: 10 }, (_, jobId) => wake(jobId)));
    let begun = 0;
    const answer = await invoke(async () => {
      begun += 1;
      await until(() => begun === 10);
      return done;
    });
    expect(answer).toEqual(failures());
  });

  test("what nobody can read is a dead letter at once, with the reason, and told in the log without its text", async () => {
    const ids = await sent("my secret hello", '{"kind":"coffee"}', wake(1));
    const onMessage = jest.fn<OnMessage>(async () => done);
    expect(await invoke(onMessage)).toEqual(failures());
    expect(onMessage).toHaveBeenCalledTimes(1);
    const reasons = ['a message of a kind "coffee", which this version does not know', "the text is no JSON object"];
    expect((await deadReasons()).toSorted()).toEqual(reasons);
    const errors = logged.filter(({ level }) => level === "error").map(({ facts }) => facts);
    expect(errors).toEqual(
      expect.arrayContaining([
        { messageId: ids[0], reason: reasons[1] },
        { messageId: ids[1], reason: reasons[0] },
      ]),
    );
    expect(JSON.stringify(logged)).not.toContain("my secret");
  });

  test("the claim token in Lambda's record goes into no other queue and no log", async () => {
    await sent(sample("lambda-timeout"));
    expect(await invoke(async () => dead)).toEqual(failures());
    const [letter] = await receive(queue.deadLetterQueueUrl);
    expect(JSON.parse(letter?.body ?? "")).toMatchObject({ kind: "invocation-failed", runner: "mayfly-51234567890-1" });
    expect(JSON.stringify([letter, logged])).not.toContain("5d41402abc4b");
  });
});

describe("one record's trouble is no other's", () => {
  test("the core rejects, or throws: that record comes back soon, and later each time", async () => {
    const ids = await sent(wake(0), wake(1), wake(2));
    const onMessage = (message: Message): Promise<Verdict> => {
      if (message.kind === "wake" && message.jobId === 1) throw new TypeError("no such field");
      return message.kind === "wake" && message.jobId === 0
        ? Promise.reject(new Error("no secrets"))
        : Promise.resolve(done);
    };
    expect(await invoke(onMessage)).toEqual(failures(ids[0], ids[1]));
    const facts = (receives: number): unknown[] => [
      { messageId: ids[0], receives, detail: "Error: no secrets" },
      { messageId: ids[1], receives, detail: "TypeError: no such field" },
    ];
    expect(logged.map((one) => one.facts)).toEqual(expect.arrayContaining(facts(1)));
    for (const [receives, seconds] of [
      [2, 5],
      [3, 10],
      [4, 20],
    ] as const) {
      clock.advance(seconds - 1);
      expect(await invoke(onMessage)).toEqual(failures());
      clock.advance(1);
      expect((await invoke(onMessage)).batchItemFailures).toHaveLength(2);
      expect(logged.map((one) => one.facts)).toEqual(expect.arrayContaining(facts(receives)));
    }
    expect(await deadReasons()).toEqual([]);
  });

  test("a visibility that could not be changed: the record comes back after the queue's", async () => {
    const ids = await sent(wake(0), wake(1));
    sqs.break("ChangeMessageVisibility", { kind: "error", status: 503, code: "ServiceUnavailable" });
    expect(await invoke(verdicts({ 1: again(5) }))).toEqual(failures(ids[1]));
    expect(logged).toMatchObject([{ level: "error", facts: { messageId: ids[1] } }]);
    clock.advance(149);
    expect(await receive(queue.queueUrl)).toEqual([]);
    clock.advance(1);
    expect((await receive(queue.queueUrl)).map(({ messageId }) => messageId)).toContain(ids[1]);
  });

  test("a dead letter that could not be sent is not lost: its record comes back", async () => {
    const ids = await sent(wake(0), "nonsense", wake(2));
    const fault = { kind: "error", status: 403, code: "AccessDeniedException" } as const;
    sqs.break("SendMessage", fault, fault);
    expect(await invoke(verdicts({ 0: dead }))).toEqual(failures(ids[0], ids[1]));
    expect(await deadReasons()).toEqual([]);
    clock.advance(61);
    expect(await invoke(verdicts({ 0: dead }))).toEqual(failures());
    expect((await deadReasons()).toSorted()).toEqual(["given up", "the text is no JSON object"]);
  });

  test.each([
    ["without attributes", { attributes: undefined }, true],
    ["without a text", { body: undefined }, true],
    ["with a count that is none", { attributes: { ApproximateReceiveCount: "x" } }, false],
  ])("a record %s", async (_, changes, isLeft) => {
    await sent(wake(0), wake(1));
    const [first, second] = await receive(queue.queueUrl);
    const Records = [{ ...first, ...changes } as SQSRecord, second as SQSRecord];
    const { batchItemFailures } = await invokeWith(async () => done, { Records });
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(isLeft ? [first?.messageId] : []);
  });

  test.each([{ Records: [] }, {}])("an event without records: %j", async (event) => {
    expect(await invokeWith(async () => done, event as SQSEvent)).toEqual(failures());
  });
});

describe("the function's own time limit", () => {
  const forever = new Promise<Verdict>(() => undefined);

  test("what is not through comes back, what is through does not", async () => {
    const ids = await sent(wake(0), wake(1), wake(2));
    const answer = await invoke(
      async (message) => await (message.kind === "wake" && message.jobId === 1 ? forever : done),
      2050,
    );
    expect(answer).toEqual(failures(ids[1]));
    expect(logged).toMatchObject([{ level: "warn", facts: { messageIds: [ids[1]] } }]);
  });

  test("a verdict that comes after the answer changes nothing any more", async () => {
    await sent(wake(0), wake(1));
    let decide: (verdict: Verdict) => void = () => undefined;
    const late = new Promise<Verdict>((resolve) => {
      decide = resolve;
    });
    const verdict = jest.fn(() => late);
    await invoke(verdict, 2050);
    const before = sqs.calls().length;
    decide(dead);
    await late;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(verdict).toHaveBeenCalledTimes(2);
    expect(sqs.calls()).toHaveLength(before);
  });

  test("without any time left it answers at once that everything comes back", async () => {
    const ids = await sent(wake(0), wake(1));
    expect(await invoke(() => forever, 100)).toEqual(failures(...ids));
  });

  test("it answers two seconds before the function's time is over, or as long before as it is told to", async () => {
    const timers = jest.spyOn(globalThis, "setTimeout");
    await invokeWith(async () => done, { Records: [] }, 25_000);
    expect(timers).toHaveBeenLastCalledWith(expect.any(Function), 23_000);
    const settle = sqsSettle({ client: sqs.client(), ...queue });
    const handler = workerHandler({ app: { onMessage: () => forever }, settle, log, marginMs: 3_599_990 });
    const [id] = await sent(wake(0));
    const event = { Records: await receive(queue.queueUrl) };
    expect(await handler(event, { getRemainingTimeInMillis: () => 3_600_000 })).toEqual(failures(id));
  });

  test("when all are through nothing keeps the process waiting for the limit", async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    const limit = timeLimit(60_000);
    expect([timers(), limit.isOver()]).toEqual([before + 1, false]);
    limit.clear();
    expect([timers(), limit.isOver()]).toEqual([before, false]);
    await invokeWith(async () => done, { Records: [] });
    expect(timers()).toBe(before);
  });
});
