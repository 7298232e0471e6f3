import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, test } from "@jest/globals";
import { receive } from "../../src/adapters/queue/sqs/receive.ts";
import { sqsQueue } from "../../src/adapters/queue/sqs.ts";
import type { SqsQueueOptions } from "../../src/adapters/queue/sqs.ts";
import { sqsSender } from "../../src/adapters/queue/sqs/sqs-sender.ts";
import { sqsSettle } from "../../src/adapters/queue/sqs/sqs-settle.ts";
import type { Clock, QueueEntry } from "../../src/core/ports.ts";
import { queueContract } from "../contract/queue.ts";
import { virtualClock } from "../helpers/virtual-clock.ts";
import type { VirtualClock } from "../helpers/virtual-clock.ts";
import { account, given, home, newName, reach } from "./moto.ts";
import { notKept } from "./not-kept.ts";
import { sqsClientAt } from "./sqs-client.ts";

const clients: SQSClient[] = [];
afterAll(() => {
  for (const one of clients) one.destroy();
});

type Queues = Required<SqsQueueOptions> & { readonly clock: VirtualClock };

type Attributes = { readonly visibilitySeconds?: number; readonly mostReceives?: number };

/** A queue with a dead-letter queue, to which moto moves nothing by itself unless told after how many receives. */
async function makeQueues(clock: Clock, { visibilitySeconds = 30, mostReceives }: Attributes = {}) {
  const client = sqsClientAt(clock);
  clients.push(client);
  const name = newName();
  const make = async (QueueName: string, more: Record<string, string> = {}): Promise<string> => {
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes: more }));
    return given(QueueUrl, "queue");
  };
  const deadLetterQueueUrl = await make(`${name}-dead`);
  const deadLetterTargetArn = `arn:aws:sqs:${home}:${account}:${name}-dead`;
  const redrive = { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: mostReceives }) };
  const queueUrl = await make(name, {
    VisibilityTimeout: String(visibilitySeconds),
    ...(mostReceives !== undefined && redrive),
  });
  return { client, queueUrl, deadLetterQueueUrl, waitSeconds: 0 };
}

async function queues(attributes?: Attributes): Promise<Queues> {
  const clock = virtualClock();
  return { ...(await makeQueues(clock, attributes)), clock };
}

const wake = (jobId: number, group = "71"): QueueEntry => ({ message: { kind: "wake", jobId }, group });

/** Job ids of everything that is due, in their order. */
async function jobsIn(options: Queues): Promise<number[]> {
  const jobs: number[] = [];
  const queue = sqsQueue(options);
  for (;;) {
    const some = await queue.receive(10);
    if (some.length === 0) return jobs.toSorted((one, two) => one - two);
    jobs.push(...some.map(({ message }) => (message.kind === "wake" ? message.jobId : -1)));
  }
}

queueContract("sqs on moto", async (clock, attributes) => sqsQueue(await makeQueues(clock, attributes)), {
  // DeleteMessage with a handle that is not the newest "succeeds, but the message might not be deleted"
  endsLate: false,
  notKept: [
    // moto takes each handle that the message ever had for the newest one
    "a worker that was believed dead takes nothing from the one that has its message now",
    // moto calls the handle of a deleted message ReceiptHandleIsInvalid, SQS InvalidParameterValue with other words
    "what is settled twice stays settled",
  ],
});

describe("message groups on a standard queue", () => {
  test("come with the message, hold no other message of the group back, and go with it to the dead letters", async () => {
    const options = await queues();
    await sqsQueue(options).send([wake(1, "71"), wake(2, "71"), wake(3, "72")]);
    const received = await receive({ ...options, limit: 10 });
    const groupOf = new Map(received.map(({ body, group }) => [(JSON.parse(body) as { jobId: number }).jobId, group]));
    expect([1, 2, 3].map((jobId) => groupOf.get(jobId))).toEqual(["71", "71", "72"]);
    const settle = sqsSettle(options);
    for (const one of received) expect(await settle(one, { outcome: "dead-letter", reason: "why" })).toBe("remove");
    const dead = await receive({ ...options, queueUrl: options.deadLetterQueueUrl, limit: 10 });
    expect(dead.map(({ body, group }) => [body, group])).toEqual(
      expect.arrayContaining(received.map(({ body, group }) => [body, group])),
    );
    expect(dead).toHaveLength(3);
  });
});

describe("dead letters", () => {
  test("tell why, after how many receives, and under which id the log has the message", async () => {
    const options = await queues();
    const queue = sqsQueue(options);
    await queue.send([wake(1)]);
    const [first] = await receive({ ...options, limit: 1 });
    options.clock.advance(31);
    const [again] = await receive({ ...options, limit: 1 });
    const reason = "no such runner: \u{1F600}\n\u0007";
    await sqsSettle(options)(given(again, "message"), { outcome: "dead-letter", reason });
    const { Messages } = await options.client.send(
      new ReceiveMessageCommand({ QueueUrl: options.deadLetterQueueUrl, MessageAttributeNames: ["All"] }),
    );
    expect(Messages?.[0]).toMatchObject({
      Body: JSON.stringify({ kind: "wake", jobId: 1 }),
      MessageAttributes: {
        reason: { DataType: "String", StringValue: expect.stringContaining("no such runner: \u{1F600}") },
        receives: { DataType: "Number", StringValue: "2" },
        messageId: { DataType: "String", StringValue: first?.messageId },
      },
    });
  });

  test("that SQS moved by itself come after the last receive, with words of ours for the reason", async () => {
    const options = await queues({ mostReceives: 3 });
    const queue = sqsQueue(options);
    await queue.send([wake(1, "71")]);
    for (const count of [1, 2, 3]) {
      expect((await queue.receive(10)).map(({ receives }) => receives)).toEqual([count]);
      options.clock.advance(31);
    }
    expect([await queue.receive(10), await queue.size()]).toEqual([[], 0]);
    const reason = "SQS moved it here after the last receive that the queue allows";
    expect(await queue.deadLetters()).toEqual([{ message: { kind: "wake", jobId: 1 }, reason }]);
    const [dead] = await receive({ ...options, queueUrl: options.deadLetterQueueUrl, limit: 1 });
    expect(dead?.group).toBe("71");
  });
});

describe("sizes", () => {
  const mostBytes = 1_048_576;
  const bytesOf = (run: string): number => Buffer.byteLength(JSON.stringify({ kind: "report", run }));
  const report = (bytes: number): QueueEntry => ({
    message: { kind: "report", run: "x".repeat(bytes - bytesOf("")) },
    group: "71",
  });

  test("a message of 1 MiB is kept and comes back whole; one byte more is more than SQS takes", async () => {
    const options = await queues();
    const queue = sqsQueue(options);
    const largest = report(mostBytes);
    await queue.send([largest]);
    expect((await queue.receive(1)).map(({ message }) => message)).toEqual([largest.message]);
    await expect(queue.send([report(mostBytes + 1)])).rejects.toMatchObject({
      facts: { kind: "invalid", message: expect.stringContaining(`has ${mostBytes + 1} bytes of ${mostBytes}`) },
    });
    const tooLong = { QueueUrl: options.queueUrl, MessageBody: "x".repeat(mostBytes + 1) };
    await expect(options.client.send(new SendMessageCommand(tooLong))).rejects.toThrow(/must be shorter than/);
  });

  test("a call with more than 1 MiB or ten messages becomes several, for SQS takes it as one no more", async () => {
    const options = await queues();
    const queue = sqsQueue(options);
    const many = [
      ...Array.from({ length: 7 }, () => report(400_000)),
      ...Array.from({ length: 25 }, (_, id) => wake(id)),
    ];
    await queue.send(many);
    expect(await queue.size()).toBe(32);
    // together 1 MiB, and a byte more
    await queue.send([report(mostBytes / 2), report(mostBytes / 2)]);
    await queue.send([report(mostBytes / 2), report(mostBytes / 2 + 1)]);
    expect(await queue.size()).toBe(36);
    const batch = (Entries: { Id: string; MessageBody: string }[]): Promise<unknown> =>
      options.client.send(new SendMessageBatchCommand({ QueueUrl: options.queueUrl, Entries }));
    const half = "x".repeat(mostBytes / 2 + 1);
    await expect(batch(["1", "2"].map((Id) => ({ Id, MessageBody: half })))).rejects.toThrow(/cannot be longer than/);
    const eleven = Array.from({ length: 11 }, (_, index) => ({ Id: String(index), MessageBody: "{}" }));
    await expect(batch(eleven)).rejects.toThrow(/Maximum number of entries per request are 10/);
  });
});

describe("batches of which a part fails", () => {
  /** A delay that SQS refuses, put into the entry of this place in the first so many calls. */
  function spoil({ client }: Queues, place: number, calls: number): void {
    let left = calls;
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (call) => {
          if (commandName !== "SendMessageBatchCommand" || left === 0) return await next(call);
          left -= 1;
          const { Entries = [] } = call.input as SendMessageBatchCommand["input"];
          const spoilt = Entries.map((entry) => (entry.Id === String(place) ? { ...entry, DelaySeconds: 901 } : entry));
          return await next({ ...call, input: { ...call.input, Entries: spoilt } });
        },
      { step: "initialize" },
    );
  }

  test("that part is sent again, and nothing twice", async () => {
    const options = await queues();
    spoil(options, 1, 1);
    await sqsSender(options).send([wake(1), wake(2), wake(3)]);
    expect(await jobsIn(options)).toEqual([1, 2, 3]);
  });

  test("what fails again is told, and the others are kept", async () => {
    const options = await queues();
    spoil(options, 1, 2);
    await expect(sqsSender(options).send([wake(1), wake(2), wake(3)])).rejects.toMatchObject({
      facts: { kind: "invalid", message: expect.stringMatching(/^1 of 3 messages were not kept: .*DelaySeconds/) },
    });
    expect(await jobsIn(options)).toEqual([1, 3]);
  });
});

describe("waiting", () => {
  test("a long poll gives what comes while it waits", async () => {
    const { queueUrl } = await queues();
    const client = new SQSClient({ ...reach(), useQueueUrlAsEndpoint: false });
    clients.push(client);
    const waiting = receive({ client, queueUrl, limit: 10, waitSeconds: 20 });
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: "{}" }));
    expect((await waiting).map(({ body }) => body)).toEqual(["{}"]);
  });
});

describe("errors", () => {
  test("a queue that is not there is told by its name, whatever is asked of it", async () => {
    const options = await queues();
    const queue = sqsQueue({ ...options, queueUrl: `${options.queueUrl}-none` });
    const facts = { service: "queue", kind: "not-found", message: expect.stringMatching(/-none: /) };
    await expect(queue.send([wake(1)])).rejects.toMatchObject({ facts });
    await expect(queue.receive(1)).rejects.toMatchObject({ facts });
    await expect(queue.size()).rejects.toMatchObject({ facts });
  });
});

notKept("the limit of 128 characters for a group", expect.any(String), async () => {
  const { client, queueUrl } = await queues();
  const MessageGroupId = "g".repeat(129);
  const { MessageId } = await client.send(
    new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: "{}", MessageGroupId }),
  );
  return MessageId;
});

notKept("the bytes of a message, of which it counts the characters", "1048576", async () => {
  const { client, queueUrl } = await queues();
  const MessageBody = "ü".repeat(1_048_576);
  await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
  );
  return Attributes?.ApproximateNumberOfMessages === "1" ? String(MessageBody.length) : undefined;
});
