import { describe, expect, test } from "@jest/globals";
import { CallError } from "../../../src/core/errors/call-error.ts";
import type { CallErrorKind } from "../../../src/core/errors/call-error.ts";
import { catalogue } from "../../../src/core/errors/catalogue.ts";
import { decide } from "../../../src/core/errors/decide.ts";

const failed = (service: string, kind: CallErrorKind, more: object = {}): CallError =>
  new CallError({ service, operation: "op", kind, message: "m", ...more });

describe("decide", () => {
  test.each<[string, CallErrorKind, string, string]>([
    ["github", "rate-limited", "wait", "MF-GITHUB-LIMIT"],
    ["github", "unavailable", "retry", "MF-GITHUB-UNAVAILABLE"],
    ["github", "lost-reply", "retry", "MF-GITHUB-UNAVAILABLE"],
    ["github", "forbidden", "refuse", "MF-GITHUB-REFUSED"],
    ["github", "not-found", "refuse", "MF-GITHUB-REFUSED"],
    ["github", "unauthorized", "retry", "MF-PERMISSION"],
    ["lambda", "capacity", "wait", "MF-COMPUTE-CAPACITY"],
    ["lambda", "rate-limited", "wait", "MF-COMPUTE-RATE"],
    ["lambda", "unavailable", "retry", "MF-COMPUTE-UNAVAILABLE"],
    ["lambda", "invalid", "refuse", "MF-COMPUTE-REFUSED"],
    ["store", "unavailable", "retry", "MF-INTERNAL"],
    ["store", "invalid", "retry", "MF-INTERNAL"],
    ["secrets", "forbidden", "retry", "MF-INTERNAL"],
    ["policy", "invalid", "retry", "MF-INTERNAL"],
  ])("%s %s: %s, %s", (service, kind, outcome, tellUser) => {
    expect(decide(failed(service, kind), 1, 0)).toMatchObject({ outcome, tellUser });
  });

  test("a missing permission is named as such", () => {
    expect(decide(failed("github", "forbidden", { code: "permission-missing" }), 1, 0).tellUser).toBe("MF-PERMISSION");
  });

  test("waits grow, are jittered, and never exceed what a queue can delay", () => {
    const waits = [1, 2, 3, 8, 12].map((attempt) => decide(failed("github", "unavailable"), attempt, 1).afterSeconds);
    expect(waits).toEqual([2, 4, 8, 256, 900]);
    expect(decide(failed("github", "unavailable"), 3, 0).afterSeconds).toBe(4);
    expect(decide(failed("github", "rate-limited", { retryAfterSeconds: 30 }), 1, 0).afterSeconds).toBe(30);
    expect(decide(failed("github", "rate-limited", { retryAfterSeconds: 9000 }), 1, 0).afterSeconds).toBe(900);
  });

  test("an error that nobody translated is given up on, not retried for ever", () => {
    expect(decide(new TypeError("oops"), 1, 0)).toMatchObject({ outcome: "give-up", detail: "TypeError: oops" });
    expect(decide("text", 1, 0).detail).toBe("text");
  });
});

test("every entry of the catalogue is a sentence with a remedy", () => {
  for (const [code, entry] of Object.entries(catalogue)) {
    expect(code).toMatch(/^MF-[A-Z0-9]+(-[A-Z0-9]+)*$/);
    expect(entry.message).toMatch(/^[A-Z].*\.$/);
    expect(entry.remedy).toMatch(/^[A-Z].*\.$/);
  }
});
