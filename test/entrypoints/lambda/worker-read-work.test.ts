import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { messageBody } from "../../../src/adapters/queue/sqs/message-body.ts";
import type { Message } from "../../../src/core/ports.ts";
import { readWork } from "../../../src/entrypoints/lambda/worker/read-work.ts";

type Fields = Record<string, unknown>;

function sample(name: string): Fields {
  return JSON.parse(readFileSync(new URL(`../../fixtures/aws-events/${name}.json`, import.meta.url), "utf8")) as Fields;
}

const read = (value: unknown): ReturnType<typeof readWork> => readWork(JSON.stringify(value));

describe("messages of our own", () => {
  const repository = { id: 1, owner: "o", name: "r", installation: 2 } as unknown as Message & { kind: "sweep" };
  test.each([
    { kind: "wake", jobId: 1 },
    { kind: "report", run: "1/2/3\u{1f680}" },
    { kind: "sweep", repository },
    { kind: "invocation-failed", runner: "mayfly-1-1", dropped: true, why: "x" },
    { kind: "machine", machineId: "i-1", event: "notice", why: "x" },
  ] as unknown as Message[])("$kind arrives as it was sent", (message) => {
    expect(readWork(messageBody(message))).toEqual({ is: "message", message });
  });

  test.each([
    ["coffee", 'a message of a kind "coffee", which this version does not know'],
    ["toString", 'a message of a kind "toString", which this version does not know'],
    ["__proto__", 'a message of a kind "__proto__", which this version does not know'],
    [7, "a message of a kind that is no text, which this version does not know"],
    [null, "a message of a kind that is no text, which this version does not know"],
    ["x\u0000\u202e".repeat(90), `a message of a kind "${"x ".repeat(20)}", which this version does not know`],
  ])("a kind that nobody knows (%#) is unreadable", (kind, reason) => {
    expect(read({ kind })).toEqual({ is: "unreadable", reason });
  });
});

describe("records of Lambda's on-failure destination", () => {
  test.each([
    ["lambda-timeout", "mayfly-51234567890-1", false, "Lambda ended it: Task timed out after 900.00 seconds"],
    ["lambda-killed", "mayfly-51234567891-2", false, "Lambda ended it: Runtime exited with error: signal: killed"],
    [
      "lambda-refused",
      "mayfly-51234567892-1",
      true,
      "the runner's program refused the event: this environment has served its runner",
    ],
    ["lambda-event-age", "mayfly-51234567893-1", true, "Lambda dropped the event: it had no room for it in time"],
    [
      "lambda-zero-concurrency",
      "mayfly-51234567894-1",
      true,
      "Lambda dropped the event: the function's reserved concurrency is zero",
    ],
  ])("%s", (name, runner, dropped, why) => {
    const message = { kind: "invocation-failed", runner, dropped, why };
    expect(read(sample(name))).toEqual({ is: "message", message });
  });

  const withAnswer = (responsePayload: unknown): string => {
    const work = read({ ...sample("lambda-killed"), responsePayload });
    return work.is === "message" && work.message.kind === "invocation-failed" ? work.message.why : JSON.stringify(work);
  };

  test.each([
    [{ errorMessage: "RequestId: 0715c771-5477-443c-9e1f-c4d0834c1038 Process exited" }, "Process exited"],
    [{ errorType: "Runtime.OutOfMemory" }, "Runtime.OutOfMemory"],
    [{ errorMessage: "a\u001b[31m\n\u202eb" }, "a [31m b"],
    [{ errorMessage: "x".repeat(5000) }, "x".repeat(200)],
    [{ errorType: "y".repeat(5000) }, "y".repeat(200)],
    [null, "Unhandled"],
    ["text", "Unhandled"],
    [undefined, "Unhandled"],
  ])("whatever Lambda's answer was (%#), people can read it", (answer, why) => {
    expect(withAnswer(answer)).toBe(`Lambda ended it: ${why}`);
  });

  test("one that tells nothing at all", () => {
    const { responseContext: _, responsePayload: __, ...record } = sample("lambda-killed");
    expect(read(record)).toMatchObject({ message: { why: "Lambda ended it: it gave no reason" } });
  });

  test("a condition of later days counts as an event that was not delivered", () => {
    const record = sample("lambda-event-age");
    const context = { ...(record["requestContext"] as Fields), condition: "RecursiveInvocation" };
    expect(read({ ...record, requestContext: context })).toMatchObject({
      message: { dropped: true, why: "Lambda dropped the event: RecursiveInvocation" },
    });
    expect(read({ ...record, requestContext: { ...context, condition: "Success" } })).toEqual({ is: "nothing" });
  });

  test.each([
    [{ requestPayload: {} }, /names no runner/],
    [{ requestPayload: { runner: "" } }, /names no runner/],
    [{ requestPayload: { runner: 7 } }, /names no runner/],
    [{ requestPayload: null }, /names no runner/],
    [{ requestPayload: undefined }, /names no runner/],
    [{ requestContext: null }, /names no condition/],
    [{ requestContext: { condition: 3 } }, /names no condition/],
  ])("without what matters (%j) it is unreadable, and its token stays out of the reason", (changes, reason) => {
    const work = read({ ...sample("lambda-timeout"), ...changes });
    expect(work.is === "unreadable" && work.reason).toMatch(reason);
    expect(JSON.stringify(work)).not.toContain("5d41402a");
  });
});

describe("events of EventBridge", () => {
  const machineId = "i-1234567890abcdef0";
  const state = (name: unknown): Fields => ({
    ...sample("ec2-running"),
    detail: { "instance-id": machineId, state: name },
  });

  test("a spot interruption is a notice", () => {
    const message = { kind: "machine", machineId, event: "notice", why: "spot interruption" };
    expect(read(sample("ec2-spot-interruption"))).toEqual({ is: "message", message });
  });

  test.each(["stopping", "stopped", "shutting-down", "terminated"])("%s is an end", (name) => {
    const message = { kind: "machine", machineId, event: "ended", why: `the instance is ${name}` };
    expect(read(state(name))).toEqual({ is: "message", message });
  });

  test("the sample of an end", () => {
    expect(read(sample("ec2-shutting-down"))).toMatchObject({ message: { event: "ended" } });
  });

  test.each(["pending", "running"])("%s asks for nothing", (name) => {
    expect(read(state(name))).toEqual({ is: "nothing" });
  });

  test.each([
    state("melting"),
    state(undefined),
    { ...sample("ec2-running"), "detail-type": "EC2 Instance Rebalance Recommendation" },
    { ...sample("ec2-running"), source: "aws.rds" },
    { ...sample("ec2-running"), detail: {} },
    { ...sample("ec2-spot-interruption"), detail: null },
    { ...sample("ec2-spot-interruption"), detail: { "instance-id": 7 } },
    { ...sample("ec2-spot-interruption"), source: undefined },
  ])("anything else (%#) is unreadable", (event) => {
    expect(read(event).is).toBe("unreadable");
  });
});

describe("whatever anybody writes to the queue", () => {
  test.each(["", " ", "hello", "{", "[]", '"kind"', "7", "null", "true", "{}", '{"Records":[]}', "\u0000"])(
    "%j is unreadable",
    (body) => {
      expect(readWork(body).is).toBe("unreadable");
    },
  );

  test("no text makes it throw, and it answers with one of three things", () => {
    const names = ["kind", "requestContext", "requestPayload", "responsePayload", "detail-type", "detail", "source"];
    const key = fc.constantFrom(...names, "condition", "runner", "instance-id", "state", "errorMessage", "errorType");
    const text = fc.constantFrom(
      "RetriesExhausted",
      "aws.ec2",
      "wake",
      "EC2 Instance State-change Notification",
      "__proto__",
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 4 }, text, fc.jsonValue(), fc.dictionary(key, tie("tree"))),
    }));
    fc.assert(
      fc.property(
        fc.oneof(
          tree.map((value) => JSON.stringify(value)),
          fc.string(),
        ),
        (body) => {
          expect(["message", "nothing", "unreadable"]).toContain(readWork(body).is);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
