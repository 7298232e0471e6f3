import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { powertoolsLog, powertoolsLogger } from "../../../src/adapters/log/powertools-log.ts";
import { hiddenIn, payloads } from "../../fixtures/hostile/payloads.ts";

let all = "";

beforeEach(() => {
  all = "";
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, "write").mockImplementation((chunk) => {
      all += String(chunk);
      return true;
    });
  }
});
afterEach(() => {
  jest.restoreAllMocks();
});

function lines(): Record<string, unknown>[] {
  return all
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("Powertools as the core's log", () => {
  test("one line of JSON for each call, with the function, the level and the ids", () => {
    const log = powertoolsLog(powertoolsLogger({ service: "worker", level: "info" }));
    log.debug("too quiet", { job: 1 });
    log.info("runner launched", { runner: "mayfly-1-1", job: 1, run: "71#900#1", delivery: "guid" });
    log.warn("launch failed");
    log.error("message failed", { stack: "Error: x\n    at y" });
    expect(lines()).toMatchObject([
      { level: "INFO", service: "worker", message: "runner launched", runner: "mayfly-1-1", job: 1, delivery: "guid" },
      { level: "WARN", message: "launch failed" },
      { level: "ERROR", message: "message failed", stack: "Error: x\n    at y" },
    ]);
  });

  test("tokens, keys and web tokens are replaced, wherever they stand", () => {
    const log = powertoolsLog(powertoolsLogger({ service: "host", level: "debug" }));
    const token = `ghs_${"a".repeat(36)}`;
    const key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabcdef\n-----END RSA PRIVATE KEY-----";
    const jit = "Zm9v".repeat(100);
    log.info(`said ${token}`, { detail: key, deep: { list: [jit, `token ${token}`] }, error: new Error(key) });
    for (const secret of [token, "MIIEowIBAAKCAQEA", jit]) expect(all).not.toContain(secret);
    expect(lines()[0]).toMatchObject({ message: "said [redacted]", detail: "[redacted]" });
  });

  test.each(payloads().map(({ kind, text }) => [kind, text] as const))("%s stays in its line", (_, text) => {
    const log = powertoolsLog(powertoolsLogger({ service: "worker", level: "info" }));
    log.warn(text, { text, list: [text] });
    log.error("after it", { detail: text });
    expect(lines()).toHaveLength(2);
    for (const line of all.split("\n")) {
      expect(hiddenIn(line)).toEqual([]);
      expect(line).not.toContain("##[");
    }
  });
});
