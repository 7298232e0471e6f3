import { expect, test } from "@jest/globals";
import { ending } from "../../runner-image/supervisor/exit-codes.ts";

test.each<[number, string]>([
  [100, "job-succeeded"],
  [101, "job-succeeded-with-issues"],
  [102, "job-failed"],
  [103, "job-cancelled"],
  [104, "job-skipped"],
  [105, "job-abandoned"],
  [0, "no-job"],
  [1, "crashed"],
  [2, "crashed"],
  [3, "crashed"],
  [4, "crashed"],
  [5, "crashed"],
  [6, "crashed"],
  [7, "version-refused"],
  [42, "crashed"],
])("exit code %i is %s", (code, outcome) => {
  const { outcome: said, cause } = ending(code, null, undefined);
  expect(said).toBe(outcome);
  expect(cause).toMatch(/^[A-Z].*\.$/);
});

test.each([
  [null, "SIGKILL", "deadline", "deadline"],
  [103, null, "deadline", "deadline"],
  [105, null, "deadline", "deadline"],
  [100, null, "deadline", "job-succeeded"],
  [102, null, "deadline", "job-failed"],
  [0, null, "idle", "idle"],
  [103, null, "idle", "job-cancelled"],
  [0, null, "unwanted", "no-job"],
  [null, "SIGKILL", "unconnected", "crashed"],
] as const)("exit code %s, signal %s after being stopped for %s is %s", (code, signal, stopped, outcome) => {
  expect(ending(code, signal, stopped).outcome).toBe(outcome);
});

test("a listener that dies by a signal says which", () => {
  expect(ending(null, "SIGSEGV", undefined)).toEqual({
    outcome: "crashed",
    cause: "The runner ended unexpectedly (signal SIGSEGV).",
  });
});
