import { SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, test } from "@jest/globals";
import { sqsQueue } from "../../../src/adapters/queue/sqs.ts";
import { messageBody } from "../../../src/adapters/queue/sqs/message-body.ts";
import { sqsSender } from "../../../src/adapters/queue/sqs/sqs-sender.ts";
import { CallError } from "../../../src/core/errors/call-error.ts";
import type { CallErrorFacts } from "../../../src/core/errors/call-error.ts";
import type { QueueEntry } from "../../../src/core/ports.ts";
import { fauxqsQueues } from "../../helpers/fauxqs-queue.ts";
import type { FauxqsQueue, SqsFault } from "../../helpers/fauxqs-queue.ts";

const sqs = fauxqsQueues();
const operation = "SendMessageBatch";

function wakes(count: number, group = "71"): QueueEntry[] {
  return Array.from({ length: count }, (_, jobId) => ({ message: { kind: "wake", jobId }, group }));
}

/** A message whose text has exactly so many bytes. */
function ofBytes(bytes: number): QueueEntry {
  const empty = Buffer.byteLength(messageBody({ kind: "report", run: "" }));
  return { message: { kind: "report", run: "x".repeat(bytes - empty) }, group: "71" };
}

async function send(queue: FauxqsQueue, entries: readonly QueueEntry[], client = sqs.client()): Promise<void> {
  await sqsSender({ client, queueUrl: queue.queueUrl }).send(entries);
}

async function failure(sending: Promise<void>): Promise<CallErrorFacts> {
  const error: unknown = await sending.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CallError)) throw new Error(`no CallError but ${String(error)}`);
  return error.facts;
}

/** Job ids of what the queue holds, as often as it holds them. */
async function kept(queue: FauxqsQueue): Promise<number[]> {
  const reader = sqsQueue({ client: sqs.client(), ...queue, waitSeconds: 0 });
  const jobIds: number[] = [];
  for (;;) {
    const some = await reader.receive(10);
    if (some.length === 0) return jobIds.toSorted((one, two) => one - two);
    jobIds.push(...some.map(({ message }) => (message.kind === "wake" ? message.jobId : -1)));
  }
}

/** By their first entries: calls that go out together arrive in any order. */
function entriesOfCalls(): Record<string, unknown>[][] {
  const calls = sqs.calls(operation).map(({ input }) => input["Entries"] as Record<string, unknown>[]);
  return calls.toSorted(([one], [two]) => Number(one?.["Id"]) - Number(two?.["Id"]));
}

const numbers = (count: number): number[] => wakes(count).map((_, index) => index);
const refusal = (status: number, code: string, message?: string): SqsFault =>
  message === undefined ? { kind: "error", status, code } : { kind: "error", status, code, message };

describe("batches", () => {
  test("ten messages a call, each with its group and its delay in whole seconds", async () => {
    const queue = sqs.newQueue(30);
    const delayed = { ...wakes(1, "72")[0], delaySeconds: 4.2 } as QueueEntry;
    await send(queue, [...wakes(24), delayed]);
    const calls = entriesOfCalls();
    expect(calls.map((entries) => entries.length)).toEqual([10, 10, 5]);
    const entries = calls.flat();
    expect(new Set(entries.map(({ Id }) => Id)).size).toBe(25);
    expect(entries.map(({ MessageGroupId }) => MessageGroupId)).toEqual([...numbers(24).map(() => "71"), "72"]);
    expect(entries.map(({ DelaySeconds }) => DelaySeconds)).toEqual([...numbers(24).map(() => 0), 5]);
  });

  test("no call is larger than SQS takes, and none smaller than it has to be", async () => {
    const queue = sqs.newQueue(30);
    const sizes = [524_288, 524_288, 600_000, 448_577, 1_048_576, 400_000, 400_000, 248_577];
    await send(queue, sizes.map(ofBytes));
    expect(entriesOfCalls().map((entries) => entries.length)).toEqual([2, 1, 1, 1, 2, 1]);
    expect(await kept(queue)).toHaveLength(sizes.length);
  });

  test("at most eight calls at a time", async () => {
    const queue = sqs.newQueue(30);
    const { credentials, endpoint, region } = sqs.client().config;
    const client = new SQSClient({ credentials, endpoint, region, useQueueUrlAsEndpoint: false } as object);
    let underWay = 0;
    let most = 0;
    client.middlewareStack.add(
      (next) => async (args) => {
        underWay += 1;
        most = Math.max(most, underWay);
        const result = await next(args);
        underWay -= 1;
        return result;
      },
      { step: "initialize" },
    );
    await send(queue, wakes(200), client);
    client.destroy();
    expect([most, sqs.calls(operation).length]).toEqual([8, 20]);
    expect(await kept(queue)).toEqual(numbers(200));
  });
});

describe("what SQS would never take is refused before anything is sent", () => {
  test.each([
    ["a message of more than 1 MiB", ofBytes(1_048_577), /report has 1048577 bytes of 1048576/],
    ["a group without a character", wakes(1, "")[0], /1 to 128 visible ASCII characters, not 0/],
    ["a group of 129", wakes(1, "x".repeat(129))[0], /1 to 128 visible ASCII characters, not 129/],
    ["a group with a space", wakes(1, "a b")[0], /visible ASCII/],
    ["a group beyond ASCII", wakes(1, "Zürich")[0], /visible ASCII/],
    ["a delay of 901 s", { ...wakes(1)[0], delaySeconds: 901 }, /delay of 901 s: 0 to 900 are possible/],
  ])("%s", async (_, entry, message) => {
    const queue = sqs.newQueue(30);
    const facts = await failure(send(queue, [...wakes(12), entry as QueueEntry]));
    expect(facts).toMatchObject({ service: "queue", operation, kind: "invalid" });
    expect(facts.message).toMatch(message);
    expect(sqs.calls()).toEqual([]);
  });

  test("a group of 128 is taken", async () => {
    const queue = sqs.newQueue(30);
    await send(queue, wakes(1, "x".repeat(128)));
    expect(await kept(queue)).toEqual([0]);
  });
});

describe("what SQS did not take is sent once more", () => {
  test.each(["InternalError", "InvalidMessageContents", undefined])(
    "single messages of a batch (%s), and those alone",
    async (code) => {
      const queue = sqs.newQueue(30);
      sqs.break(operation, { kind: "entries", places: [0, 7], code });
      await send(queue, wakes(10));
      const again = entriesOfCalls().find((entries) => entries.length === 2);
      expect(again?.map(({ MessageBody }) => MessageBody)).toEqual([
        '{"kind":"wake","jobId":0}',
        '{"kind":"wake","jobId":7}',
      ]);
      expect(again?.map(({ MessageGroupId }) => MessageGroupId)).toEqual(["71", "71"]);
      expect(await kept(queue)).toEqual(numbers(10));
    },
  );

  test.each([
    [400, "RequestThrottled"],
    [403, "ThrottlingException"],
    [500, "InternalFailure"],
    [503, "ServiceUnavailable"],
    [502, "NobodyKnowsThisCode"],
  ])("a call that was answered %i %s", async (status, code) => {
    const queue = sqs.newQueue(30);
    sqs.break(operation, refusal(status, code));
    await send(queue, wakes(12));
    expect(sqs.calls(operation)).toHaveLength(3);
    expect(await kept(queue)).toEqual(numbers(12));
  });

  test("a call whose reply was lost, so that its messages are there twice", async () => {
    const queue = sqs.newQueue(30);
    sqs.break(operation, { kind: "lost-reply" });
    await send(queue, wakes(2));
    expect(await kept(queue)).toEqual([0, 0, 1, 1]);
  });
});

describe("what SQS does not take the second time either is an error that counts", () => {
  test("single messages: the others are kept", async () => {
    const queue = sqs.newQueue(30);
    const fault = { kind: "entries", places: [3, 4], code: "InternalError" } as const;
    sqs.break(operation, fault, { ...fault, places: [1] });
    const facts = await failure(send(queue, wakes(9)));
    expect(facts).toMatchObject({ service: "queue", operation, kind: "unavailable", code: "InternalError" });
    expect(facts.message).toMatch(/^1 of 9 messages were not kept: queue work-\d+: InternalError: as the test asked$/);
    expect(await kept(queue)).toEqual(numbers(9).filter((jobId) => jobId !== 4));
  });

  test.each([
    ["InternalSurprise", "unavailable"],
    ["Surprise", "invalid"],
  ])("a code that nobody knows (%s) means what the answer says whose fault it is", async (code, kind) => {
    const queue = sqs.newQueue(30);
    const fault = { kind: "entries", places: [0], code } as const;
    sqs.break(operation, fault, fault);
    expect(await failure(send(queue, wakes(1)))).toMatchObject({ kind, code });
  });

  test("messages that the answers never name", async () => {
    const queue = sqs.newQueue(30);
    const fault = { kind: "entries", places: [0], code: undefined } as const;
    sqs.break(operation, fault, fault);
    expect(await failure(send(queue, wakes(1)))).toMatchObject({ kind: "lost-reply" });
  });

  test("an error that passes counts more than one that does not", async () => {
    const queue = sqs.newQueue(30);
    const never = { kind: "entries", places: [0], code: "InvalidMessageContents" } as const;
    // Two calls at once, and what they leave in two calls again.
    const entries = [ofBytes(900_000), ofBytes(900_000)];
    sqs.break(operation, never, refusal(503, "ServiceUnavailable"), never, refusal(400, "KmsThrottled"));
    const both = await failure(send(queue, entries));
    expect(both).toMatchObject({ kind: "rate-limited", code: "KmsThrottled" });
    expect(both.message).toMatch(/^2 of 2 /);
    sqs.break(operation, never, refusal(503, "ServiceUnavailable"), never, undefined);
    const one = await failure(send(queue, entries));
    expect(one).toMatchObject({ kind: "invalid", code: "InvalidMessageContents" });
    expect(one.message).toMatch(/^1 of 2 /);
  });

  test("a throttled call", async () => {
    const queue = sqs.newQueue(30);
    sqs.break(operation, refusal(400, "RequestThrottled"), refusal(400, "RequestThrottled"));
    const facts = await failure(send(queue, wakes(3)));
    expect(facts).toMatchObject({ kind: "rate-limited", code: "RequestThrottled", status: 400 });
    expect(facts.message).toMatch(/^3 of 3 /);
    expect(await kept(queue)).toEqual([]);
  });

  test("a lost reply", async () => {
    const queue = sqs.newQueue(30);
    sqs.break(operation, { kind: "lost-reply" }, { kind: "lost-reply" });
    expect(await failure(send(queue, wakes(1)))).toMatchObject({ kind: "lost-reply" });
  });
});

test.each([
  ["AccessDeniedException", 400, "forbidden"],
  ["KmsDisabled", 400, "forbidden"],
  ["ExpiredTokenException", 403, "unauthorized"],
  ["BatchRequestTooLong", 400, "invalid"],
])("what only people can mend (%s) is not tried again", async (code, status, kind) => {
  const queue = sqs.newQueue(30);
  sqs.break(operation, refusal(status, code));
  expect(await failure(send(queue, wakes(3)))).toMatchObject({ kind, code, status });
  expect(sqs.calls(operation)).toHaveLength(1);
});

test("a queue that is not there is named", async () => {
  const { queueUrl, ...rest } = sqs.newQueue(30);
  const facts = await failure(send({ ...rest, queueUrl: queueUrl.replace(/work-\d+$/, "nowhere") }, wakes(1)));
  expect(facts).toMatchObject({ kind: "not-found" });
  expect(facts.message).toContain("queue nowhere: ");
});
