import { Writable } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import { array, assert, constantFrom, oneof, property, string } from "fast-check";
import { escapeHidden } from "../../../src/adapters/log/escape-hidden.ts";
import { pinoLog, redactingLogger } from "../../../src/adapters/log/pino-log.ts";
import { redact } from "../../../src/adapters/log/redact.ts";
import { hiddenIn, payloads } from "../../fixtures/hostile/payloads.ts";

const corpus = payloads();
const rows = corpus.map(({ kind, text }) => [`${kind} ${JSON.stringify(text).slice(0, 60)}`, text] as const);
const key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabcdef\n-----END RSA PRIVATE KEY-----";
const token = `ghs_${"a".repeat(36)}`;
const base64 = "Zm9v".repeat(100);
const jwt = `eyJhbGciOiJSUzI1NiJ9.${"eyJpc3MiOjEwMDF9".repeat(3)}.${"c2lnbmF0dXJl".repeat(4)}`;

/** Everything that the log writes while `say` speaks to it. */
function written(say: (log: ReturnType<typeof pinoLog>) => void): string {
  let all = "";
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      all += chunk.toString();
      done();
    },
  });
  say(pinoLog(redactingLogger("debug", sink)));
  return all;
}

/** One line for each call, each of them JSON, nothing hidden in any, and no command of the Actions runner. */
function linesOf(all: string, calls: number): Record<string, unknown>[] {
  expect(all.endsWith("\n")).toBe(true);
  const lines = all.slice(0, -1).split("\n");
  expect(lines).toHaveLength(calls);
  for (const line of lines) {
    expect(hiddenIn(line)).toEqual([]);
    expect(line).toMatch(/^\{/);
    expect(line).not.toContain("##[");
  }
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

function expectOneLineEach(text: string): void {
  const all = written((log) => {
    log.info(text, { text, list: [text], deep: { [`key ${text}`]: text } });
    log.error("after it", { detail: text });
  });
  const [first, second] = linesOf(all, 2);
  const wanted = redact(text).toWellFormed();
  // what a line says is what was said, but for secrets; a lone half stays the escape that JSON has for it
  if (!redact(JSON.stringify(text)).includes("[redacted]")) {
    expect([first?.["msg"], first?.["text"]].map((one) => String(one).toWellFormed())).toEqual([wanted, wanted]);
  }
  expect(first).toMatchObject({ level: 30 });
  expect(second).toMatchObject({ level: 50, msg: "after it" });
}

describe("text of other people in Mayfly's log", () => {
  test.each(rows)("%s stays in its line and its field", (_, text) => expectOneLineEach(text));

  test("whatever it is made of", () => {
    const pieces = oneof(
      constantFrom(...corpus.map(({ text }) => text), key, token, base64, jwt, "\\", '"', "\n", "\u2028", "é"),
      string({ unit: "binary", maxLength: 5 }),
    );
    const texts = array(pieces, { maxLength: 6 }).map((parts) => parts.join(""));
    assert(property(texts, expectOneLineEach), { numRuns: 500 });
  });

  test("an error with a stack and a cause is one line", () => {
    const error = new Error("first\nsecond\u001b[31m", { cause: new Error("\u202ecause\r\n::error::x") });
    const [line] = linesOf(
      written((log) => log.error("failed", { detail: error.message, stack: error.stack, err: error })),
      1,
    );
    expect(line).toMatchObject({ msg: "failed", detail: error.message });
  });
});

describe("secrets, wherever they stand in a line", () => {
  const secrets = { key, token, base64, jwt };
  const places: Record<string, (secret: string) => string> = {
    "by itself": (secret) => secret,
    "behind a line break": (secret) => `x\n${secret}\ny`,
    "behind a tab": (secret) => `x\t${secret}`,
    "behind a control character": (secret) => `x\u0001${secret}`,
    "behind something invisible": (secret) => `x\u200b${secret}`,
    "between quotes": (secret) => `"${secret}"`,
    "behind a backslash": (secret) => `\\${secret}`,
    "in JSON in JSON": (secret) => JSON.stringify({ secret }),
    "in an address": (secret) => `https://x-access-token:${secret}@github.com/o/r?t=${secret}`,
    "behind an equals sign": (secret) => `token=${secret};`,
  };
  const cases = Object.entries(secrets).flatMap(([kind, secret]) =>
    Object.entries(places).map(([place, put]) => [kind, place, put(secret), secret] as const),
  );
  test.each(cases)("%s %s", (_kind, _place, text, secret) => {
    const all = written((log) => log.warn(text, { text, deep: { list: [text] } }));
    linesOf(all, 1);
    const core = secret.replaceAll("\n", "").slice(-60, -30);
    expect(core.length).toBeGreaterThan(9);
    expect(all.replaceAll(/\\+n/g, "")).not.toContain(core);
    expect(all).toContain("[redacted]");
  });
});

test("a line that is not asked to change does not: letters, emoji, spaces, its own end", () => {
  const line = '{"msg":"größer 日本語 🦋 \\n \\u0007 [x] ## [y]"}\n';
  expect(escapeHidden(line)).toBe(line);
  expect(escapeHidden('{"a":"\u{e0041}\u202e##["}')).toBe(String.raw`{"a":"\udb40\udc41\u202e##\u005b"}`);
  expect(JSON.parse(escapeHidden('{"a":"\u{e0041}\u202e##["}'))).toEqual({ a: "\u{e0041}\u202e##[" });
});
