import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import type { Message as SqsMessage } from "@aws-sdk/client-sqs";
import { beforeEach, describe, expect, jest, test } from "@jest/globals";
import { sqsQueue } from "../../../src/adapters/queue/sqs.ts";
import { sqsSender } from "../../../src/adapters/queue/sqs/sqs-sender.ts";
import { sqsSettle } from "../../../src/adapters/queue/sqs/sqs-settle.ts";
import type { SqsDelivery } from "../../../src/adapters/queue/sqs/sqs-settle.ts";
import type { WorkQueue } from "../../../src/adapters/queue/work-queue.ts";
import { done } from "../../../src/core/core.ts";
import { fauxqsQueues } from "../../helpers/fauxqs-queue.ts";
import type { FauxqsQueue } from "../../helpers/fauxqs-queue.ts";
import { virtualClock } from "../../helpers/virtual-clock.ts";
import type { VirtualClock } from "../../helpers/virtual-clock.ts";

const sqs = fauxqsQueues();
let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock();
  // fauxqs runs in this process and knows the time from here only
  jest.spyOn(Date, "now").mockImplementation(() => clock.nowMs());
});

/** What a queue hands out now, with everything that SQS tells about it. */
async function handedOut(queueUrl: string): Promise<SqsMessage[]> {
  const all = { MessageSystemAttributeNames: ["All" as const], MessageAttributeNames: ["All"] };
  const command = new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, ...all });
  return (await sqs.client().send(command)).Messages ?? [];
}

/** A message of group 71 that a worker has just got. */
async function delivered(queue: FauxqsQueue): Promise<SqsDelivery> {
  const entry = { message: { kind: "wake", jobId: 1 }, group: "71" } as const;
  await sqsSender({ client: sqs.client(), queueUrl: queue.queueUrl }).send([entry]);
  const [one] = await handedOut(queue.queueUrl);
  return {
    messageId: String(one?.MessageId),
    receiptHandle: String(one?.ReceiptHandle),
    receives: Number(one?.Attributes?.ApproximateReceiveCount),
    group: one?.Attributes?.MessageGroupId,
    body: String(one?.Body),
  };
}

function queueOf(queue: FauxqsQueue): WorkQueue {
  return sqsQueue({ client: sqs.client(), ...queue, waitSeconds: 0 });
}

const settleOf = (queue: FauxqsQueue): ReturnType<typeof sqsSettle> => sqsSettle({ client: sqs.client(), ...queue });
const notOurs = "Value AQEB for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available";

describe("done and again", () => {
  test("done costs no call: whoever received the message deletes it", async () => {
    const queue = sqs.newQueue(30);
    const delivery = await delivered(queue);
    const before = sqs.calls().length;
    expect(await settleOf(queue)(delivery, done)).toBe("remove");
    expect(sqs.calls()).toHaveLength(before);
  });

  test.each([
    [4.2, 5],
    [-3, 0],
    [0, 0],
    [899.5, 900],
    [86_400, 900],
  ])("again after %p s hides the message for %p s", async (afterSeconds, seconds) => {
    const queue = sqs.newQueue(30);
    const verdict = { outcome: "again", afterSeconds, reason: "test" } as const;
    expect(await settleOf(queue)(await delivered(queue), verdict)).toBe("leave");
    const [call] = sqs.calls("ChangeMessageVisibility");
    expect(call?.input["VisibilityTimeout"]).toBe(seconds);
    clock.advance(seconds - 1);
    if (seconds > 0) expect(await handedOut(queue.queueUrl)).toEqual([]);
    clock.advance(1);
    expect(await handedOut(queue.queueUrl)).toMatchObject([{ Attributes: { ApproximateReceiveCount: "2" } }]);
  });

  test.each([
    ["ServiceUnavailable", 503, "unavailable"],
    ["RequestThrottled", 400, "rate-limited"],
    ["ReceiptHandleIsInvalid", 400, "invalid"],
    ["InvalidParameterValue", 400, "invalid"],
  ])("a message that could not be hidden (%s) is an error, and it comes back by itself", async (code, status, kind) => {
    const queue = sqs.newQueue(30);
    const delivery = await delivered(queue);
    sqs.break("ChangeMessageVisibility", { kind: "error", status, code });
    const settling = settleOf(queue)(delivery, { outcome: "again", afterSeconds: 5, reason: "test" });
    await expect(settling).rejects.toMatchObject({ facts: { operation: "ChangeMessageVisibility", kind, code } });
    clock.advance(30);
    expect(await handedOut(queue.queueUrl)).toHaveLength(1);
  });
});

describe("dead-letter", () => {
  const verdict = { outcome: "dead-letter", reason: "given up after 12 receives: it burns" } as const;

  test("keeps text and group, and says why, how often and which; the original is for its receiver to delete", async () => {
    const queue = sqs.newQueue(30);
    const delivery = await delivered(queue);
    expect(await settleOf(queue)({ ...delivery, receives: 12 }, verdict)).toBe("remove");
    const [dead, ...more] = await handedOut(queue.deadLetterQueueUrl);
    expect(more).toEqual([]);
    expect(dead).toMatchObject({
      Body: '{"kind":"wake","jobId":1}',
      Attributes: { MessageGroupId: "71" },
      MessageAttributes: {
        reason: { DataType: "String", StringValue: "given up after 12 receives: it burns" },
        receives: { DataType: "Number", StringValue: "12" },
        messageId: { DataType: "String", StringValue: delivery.messageId },
      },
    });
    expect(await queueOf(queue).size()).toBe(1);
  });

  test("a message without a group has none there either", async () => {
    const queue = sqs.newQueue(30);
    await settleOf(queue)({ ...(await delivered(queue)), group: undefined }, verdict);
    expect(sqs.calls("SendMessage")[0]?.input).not.toHaveProperty("MessageGroupId");
  });

  test("a letter that could not be sent is an error, and its message comes back a minute later", async () => {
    const queue = sqs.newQueue(30);
    const delivery = await delivered(queue);
    sqs.break("SendMessage", { kind: "error", status: 400, code: "KmsAccessDenied" });
    const facts = { service: "queue", operation: "SendMessage", kind: "forbidden", code: "KmsAccessDenied" };
    await expect(settleOf(queue)(delivery, verdict)).rejects.toMatchObject({ facts });
    clock.advance(59);
    expect(await handedOut(queue.queueUrl)).toEqual([]);
    clock.advance(1);
    expect(await handedOut(queue.queueUrl)).toHaveLength(1);
  });

  test("a letter whose reply was lost may be there twice, never not at all", async () => {
    const queue = sqs.newQueue(30);
    const delivery = await delivered(queue);
    sqs.break("SendMessage", { kind: "lost-reply" });
    await expect(settleOf(queue)(delivery, verdict)).rejects.toMatchObject({ facts: { kind: "lost-reply" } });
    expect(await settleOf(queue)(delivery, verdict)).toBe("remove");
    expect(await handedOut(queue.deadLetterQueueUrl)).toHaveLength(2);
  });

  test.each([
    ["MessageNotInflight", "The message referred to isn't in flight."],
    ["InvalidParameterValue", `${notOurs} for visibility timeout change.`],
  ])("what is not in this worker's hands any more (%s) is left alone", async (code, message) => {
    const queue = sqs.newQueue(30);
    const delivery = await delivered(queue);
    const fault = { kind: "error", status: 400, code, message } as const;
    sqs.break("ChangeMessageVisibility", fault, fault);
    expect(await settleOf(queue)(delivery, verdict)).toBe("leave");
    expect(await settleOf(queue)(delivery, { outcome: "again", afterSeconds: 1, reason: "late" })).toBe("leave");
    expect(sqs.calls("SendMessage")).toEqual([]);
  });

  test.each([
    ["", "no reason was given"],
    ["a\u0000b\nc\u{1f680}\ufffe\ud800", "a b c\u{1f680}?"],
    ["x ".repeat(5000), "x ".repeat(500)],
    [`token ghs_${"a".repeat(36)} was refused`, "token [redacted] was refused"],
    [`${"x ".repeat(499)}x\u{1f680}`, `${"x ".repeat(499)}x?`],
  ])("a reason is one that SQS takes and that people may read (%#)", async (reason, shown) => {
    const queue = sqs.newQueue(30);
    await settleOf(queue)(await delivered(queue), { outcome: "dead-letter", reason });
    expect(await queueOf(queue).deadLetters()).toEqual([{ message: { kind: "wake", jobId: 1 }, reason: shown }]);
  });
});

describe("a queue that receives by itself", () => {
  async function sendText(queueUrl: string, ...texts: readonly string[]): Promise<void> {
    for (const MessageBody of texts) {
      await sqs.client().send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
    }
  }

  test("what is no message is buried at once, beside those that are", async () => {
    const queue = sqs.newQueue(30);
    await sendText(queue.queueUrl, "hello", '{"kind":"wake","jobId":1}', "[1]", "null");
    const received = await queueOf(queue).receive(10);
    expect(received.map(({ message }) => message)).toEqual([{ kind: "wake", jobId: 1 }]);
    expect(await queueOf(queue).size()).toBe(1);
    const reason = "its text is no JSON object";
    expect(await queueOf(queue).deadLetters()).toEqual([
      { message: undefined, reason },
      { message: undefined, reason },
      { message: undefined, reason },
    ]);
    const texts = (await handedOut(queue.deadLetterQueueUrl)).map(({ Body }) => Body);
    expect(new Set(texts)).toEqual(new Set(["[1]", "hello", "null"]));
  });

  test("a dead letter of its own keeps its group and its count", async () => {
    const queue = sqs.newQueue(30);
    const reader = queueOf(queue);
    await reader.send([{ message: { kind: "wake", jobId: 1 }, group: "72" }]);
    await reader.receive(1);
    clock.advance(31);
    for (const one of await reader.receive(1)) await reader.settle(one, { outcome: "dead-letter", reason: "test" });
    expect(await handedOut(queue.deadLetterQueueUrl)).toMatchObject([
      { Attributes: { MessageGroupId: "72" }, MessageAttributes: { receives: { StringValue: "2" } } },
    ]);
  });

  test("what could not be buried comes back, and holds nothing else up", async () => {
    const queue = sqs.newQueue(30);
    await sendText(queue.queueUrl, "hello", '{"kind":"wake","jobId":1}');
    sqs.break("SendMessage", { kind: "error", status: 503, code: "ServiceUnavailable" });
    const [received] = await queueOf(queue).receive(10);
    expect(received?.message).toEqual({ kind: "wake", jobId: 1 });
    expect(await queueOf(queue).deadLetters()).toEqual([]);
    clock.advance(61);
    await queueOf(queue).receive(10);
    expect(await queueOf(queue).deadLetters()).toHaveLength(1);
  });

  test("its dead letters are all of them, those that SQS itself moved too, and they stay", async () => {
    const queue = sqs.newQueue(30, 1);
    await sendText(
      queue.queueUrl,
      ...Array.from({ length: 23 }, (_, jobId) => JSON.stringify({ kind: "wake", jobId })),
    );
    for (let pass = 0; pass < 10; pass += 1) {
      await handedOut(queue.queueUrl);
      if (pass === 4) clock.advance(31);
    }
    const all = await queueOf(queue).deadLetters();
    expect(all).toHaveLength(23);
    expect(new Set(all.map(({ reason }) => reason))).toEqual(
      new Set(["SQS moved it here after the last receive that the queue allows"]),
    );
    expect(await queueOf(queue).deadLetters()).toHaveLength(23);
  });

  test("it settles nothing that it has not received", async () => {
    const queue = sqs.newQueue(30);
    await sendText(queue.queueUrl, '{"kind":"wake","jobId":1}');
    const [received] = await queueOf(queue).receive(1);
    if (received === undefined) throw new Error("one was sent");
    await expect(queueOf(queue).settle(received, done)).rejects.toMatchObject({ facts: { kind: "invalid" } });
    expect(await queueOf(queue).size()).toBe(1);
  });

  test("nobody is asked for nothing", async () => {
    const queue = sqs.newQueue(30);
    expect(await queueOf(queue).receive(0)).toEqual([]);
    expect(sqs.calls()).toEqual([]);
  });
});
