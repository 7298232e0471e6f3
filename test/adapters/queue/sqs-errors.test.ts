import { SQSClient } from "@aws-sdk/client-sqs";
import { expect, test } from "@jest/globals";
import { sqsQueue } from "../../../src/adapters/queue/sqs.ts";
import { sqsCodes } from "../../../src/adapters/queue/sqs/sqs-codes.ts";
import type { WorkQueue } from "../../../src/adapters/queue/work-queue.ts";
import { CallError } from "../../../src/core/errors/call-error.ts";
import type { CallErrorFacts } from "../../../src/core/errors/call-error.ts";
import { decide } from "../../../src/core/errors/decide.ts";
import { done } from "../../../src/core/core.ts";
import { fauxqsQueues, sqsClient } from "../../helpers/fauxqs-queue.ts";

const sqs = fauxqsQueues();

function queueWith(client = sqs.client()): WorkQueue {
  return sqsQueue({ client, ...sqs.newQueue(30), waitSeconds: 0 });
}

async function failure(call: () => Promise<unknown>): Promise<CallErrorFacts> {
  const error: unknown = await call().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CallError)) throw new Error(`no CallError but ${String(error)}`);
  // the queue's trouble is ours: nothing is refused for it
  expect(decide(error, 1, 0).outcome).toBe("retry");
  return error.facts;
}

test.each(Object.entries(sqsCodes))("%s means %s", async (code, kind) => {
  const queue = queueWith();
  sqs.break("GetQueueAttributes", { kind: "error", status: 400, code });
  expect(await failure(async () => await queue.size())).toMatchObject({ service: "queue", kind, code, status: 400 });
});

test.each([
  ["ReceiveMessage", async (queue: WorkQueue) => await queue.receive(1)],
  ["GetQueueAttributes", async (queue: WorkQueue) => await queue.size()],
  [
    "SendMessageBatch",
    async (queue: WorkQueue) => await queue.send([{ message: { kind: "wake", jobId: 1 }, group: "1" }]),
  ],
  ["ReceiveMessage", async (queue: WorkQueue) => await queue.deadLetters()],
])("%s: a server's error, a broken connection", async (operation, call) => {
  const queue = queueWith();
  const broken = { kind: "error", status: 500, code: "SomethingNew" } as const;
  sqs.break(operation, broken, ...(operation === "SendMessageBatch" ? [broken] : []));
  expect(await failure(async () => await call(queue))).toMatchObject({ operation, kind: "unavailable", status: 500 });
  sqs.break(operation, { kind: "lost-reply" }, { kind: "lost-reply" });
  expect(await failure(async () => await call(queue))).toMatchObject({ operation, kind: "lost-reply" });
});

test("DeleteMessage, and what a verdict costs", async () => {
  const queue = queueWith();
  await queue.send([{ message: { kind: "wake", jobId: 1 }, group: "1" }]);
  const [one] = await queue.receive(1);
  if (one === undefined) throw new Error("one was sent");
  sqs.break("DeleteMessage", { kind: "error", status: 503, code: "ServiceUnavailable" });
  expect(await failure(async () => await queue.settle(one, done))).toMatchObject({ operation: "DeleteMessage" });
  await queue.settle(one, done);
  expect(await queue.size()).toBe(0);
});

test("dead letters that could not be given back are an error, not a silence", async () => {
  const queue = queueWith();
  await queue.send([{ message: { kind: "wake", jobId: 1 }, group: "1" }]);
  for (const one of await queue.receive(1)) await queue.settle(one, { outcome: "dead-letter", reason: "test" });
  sqs.break("ChangeMessageVisibilityBatch", { kind: "error", status: 403, code: "AccessDeniedException" });
  expect(await failure(async () => await queue.deadLetters())).toMatchObject({ kind: "forbidden" });
});

test("nobody listens: nothing can have happened", async () => {
  const client = sqsClient("http://127.0.0.1:1");
  expect(await failure(async () => await queueWith(client).size())).toMatchObject({ kind: "unavailable" });
  client.destroy();
});

test("without credentials nothing is sent", async () => {
  const credentials = async (): Promise<never> => {
    const error = new Error("Could not load credentials from any providers");
    error.name = "CredentialsProviderError";
    throw error;
  };
  const client = new SQSClient({ region: "eu-central-1", endpoint: "http://127.0.0.1:1", credentials, maxAttempts: 1 });
  expect(await failure(async () => await queueWith(client).size())).toMatchObject({ kind: "unauthorized" });
  client.destroy();
});

test("an error names the queue, and holds neither what was signed nor a receipt handle", async () => {
  const queue = queueWith();
  const handle = "AQEB".repeat(60);
  const token = "x-amz-security-token:IQoJb3JpZ2luX2VjEXAMPLE";
  const message = `Value ${handle} is wrong.\n\nThe Canonical String for this request should have been\n'POST\n${token}'`;
  sqs.break("GetQueueAttributes", { kind: "error", status: 403, code: "SignatureDoesNotMatch", message });
  const facts = await failure(async () => await queue.size());
  expect(facts.message).toMatch(/^queue work-\d+: SignatureDoesNotMatch: Value \[redacted\] is wrong\.$/);
});
