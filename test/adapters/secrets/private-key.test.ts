import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import type { JsonWebKeyInput } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { keyFingerprint, privateKeyPem } from "../../../src/adapters/secrets/private-key.ts";
import { githubKey, otherKey, publicHalf, shortKey } from "./stored.ts";

const pkcs8 = createPrivateKey(githubKey).export({ type: "pkcs8", format: "pem" }).toString();
const oneLine = githubKey.replaceAll("\n", String.raw`\n`);

describe("a private key that came on its way through files, variables and consoles", () => {
  test.each([
    ["as GitHub gives it", githubKey],
    ["in PKCS#8", pkcs8],
    ["with Windows' line ends", githubKey.replaceAll("\n", "\r\n")],
    ["with escaped line breaks", oneLine],
    ["with escaped line ends of Windows", githubKey.replaceAll("\n", String.raw`\r\n`)],
    ["in quotes", `"${oneLine}"`],
    ["in single quotes", `'${githubKey}'`],
    ["in quotes twice", JSON.stringify(JSON.stringify(githubKey))],
    ["as JSON", JSON.stringify({ privateKey: githubKey })],
    ["as JSON in JSON", JSON.stringify({ app: { id: "4711", pem: githubKey } })],
    ["with blanks for line breaks", githubKey.replaceAll("\n", " ")],
    ["without line breaks", githubKey.replaceAll("\n", "")],
    ["with blank lines around it", `\n\n  ${githubKey}\n`],
    ["behind another text of the same file", `# made 2026-11-23\n${githubKey}`],
    ["as base64", Buffer.from(githubKey).toString("base64")],
    ["as base64 in quotes", `"${Buffer.from(githubKey).toString("base64")}"`],
  ])("%s is the same key in PKCS#8", (_, text) => {
    const pem = privateKeyPem(text);
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(publicHalf(pem)).toBe(publicHalf(githubKey));
  });

  const encrypted = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const cipher = { cipher: "aes-256-cbc", passphrase: "p" } as const;
  /** The public half of one key and the private half of another: it can be read, and what it signs is wrong. */
  const damaged = ((): string => {
    const { n, e, kty } = createPrivateKey(githubKey).export({ format: "jwk" });
    const other = createPrivateKey(otherKey).export({ format: "jwk" });
    const key = createPrivateKey({ key: { ...other, n, e, kty } as JsonWebKeyInput["key"], format: "jwk" });
    return key.export({ type: "pkcs1", format: "pem" }).toString();
  })();

  test.each([
    ["nothing", "", "no private key in PEM"],
    ["another text", "hunter2", "no private key in PEM"],
    ["a public key", publicHalf(githubKey), "no private key in PEM"],
    ["a key that is cut off", githubKey.slice(0, 800), "no private key in PEM"],
    ["a key with a line missing", githubKey.split("\n").toSpliced(9, 1).join("\n"), "cut off or altered"],
    ["one with a passphrase", encrypted.export({ type: "pkcs8", format: "pem", ...cipher }), "is encrypted"],
    [
      "one with a passphrase, older form",
      encrypted.export({ type: "pkcs1", format: "pem", ...cipher }),
      "is encrypted",
    ],
    ["a short one", shortKey, "no RSA key of 2048 bits"],
    [
      "one of a curve",
      generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }),
      "no RSA key",
    ],
    ["one of parts of two keys", damaged, "cannot sign"],
  ])("%s is refused without being repeated", (_, text, message) => {
    const refuse = (): string => privateKeyPem(text.toString());
    expect(refuse).toThrow(message);
    try {
      refuse();
    } catch (error) {
      const words = (error as Error).message;
      const lines = text.toString().split("\n").filter((line) => line.length > 20 && !line.startsWith("---")); // prettier-ignore
      for (const line of lines) expect(words).not.toContain(line);
      expect(words).not.toContain("hunter2");
    }
  });
});

test("the fingerprint is that of the public half, whatever the form", async () => {
  const [, body = ""] = /-----BEGIN PUBLIC KEY-----([\s\S]+)-----END/.exec(publicHalf(githubKey)) ?? [];
  const digest = await crypto.subtle.digest("SHA-256", Buffer.from(body, "base64"));
  const expected = `SHA256:${Buffer.from(digest).toString("base64")}`;
  expect([keyFingerprint(githubKey), keyFingerprint(pkcs8)]).toEqual([expected, expected]);
  expect(keyFingerprint(otherKey)).not.toBe(expected);
});
