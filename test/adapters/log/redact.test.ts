import { Writable } from "node:stream";
import { expect, test } from "@jest/globals";
import { hmacSigner } from "../../../src/adapters/signer.ts";
import { pinoLog, redactingLogger } from "../../../src/adapters/log/pino-log.ts";
import { redact } from "../../../src/adapters/log/redact.ts";

const base64 = Buffer.alloc(900, 7).toString("base64");
const jwt = `eyJhbGciOiJSUzI1NiJ9.${"eyJpc3MiOjEwMDF9".repeat(3)}.${"c2lnbmF0dXJl".repeat(4)}`;

test.each([
  ["an installation token", `ghs_${"a".repeat(36)}`],
  ["one of the new form", `ghs_1001_${jwt}`],
  ["a personal token", `ghp_${"b".repeat(36)}`],
  ["a JSON web token", jwt],
  ["a JIT config", base64],
  ["a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"],
])("%s is replaced", (_, secret) => {
  const text = redact(`before ${secret} after`);
  expect(text).toMatch(/^before \S.* after$/);
  expect(text).not.toContain(secret.slice(8, 40));
});

test("ordinary text stays", () => {
  const text = "runner mayfly-1-1 ended: https://example.com/a/b?c=d 0123456789abcdef";
  expect(redact(text)).toBe(text);
});

test("the logger redacts wherever the secret stands, and keeps lines valid JSON", () => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const log = pinoLog(redactingLogger("debug", sink));
  log.debug("one", { deep: { token: `ghs_${"a".repeat(40)}` } });
  log.info(`two ${base64}`);
  log.warn("three");
  log.error("four", { error: "x" });
  expect(lines).toHaveLength(4);
  for (const line of lines) expect(JSON.parse(line)).toHaveProperty("msg");
  expect(lines.join("")).not.toContain("aaaaaaaa");
});

test("the signer: the same text the same digest, and a key that is none is refused", () => {
  const signer = hmacSigner(Buffer.alloc(32, 1));
  expect(signer.sign("claim:a")).toBe(signer.sign("claim:a"));
  expect(signer.sign("claim:a")).not.toBe(signer.sign("claim:b"));
  expect(signer.equal(signer.sign("a"), signer.sign("a"))).toBe(true);
  expect(signer.equal(signer.sign("a"), "short")).toBe(false);
  expect(() => hmacSigner(Buffer.alloc(16))).toThrow("32 bytes");
});
