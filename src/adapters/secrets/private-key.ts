import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";

/** GitHub makes keys of 2,048 bits. */
const leastBits = 2048;
/** A key in quotes in JSON in quotes; more layers than that are no accident. */
const mostLayers = 4;

const pem = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----([\s\S]*?)-----END \1-----/;

/**
 * An App's private key as PEM in PKCS#8, the one form that web cryptography reads too. Taken are also GitHub's own form
 * (PKCS#1), line breaks that are escaped, missing or became blanks, quotes around it, base64 of the whole file, and JSON
 * that holds it. Throws an error that does not repeat it when it is no RSA key, or one that cannot sign.
 */
export function privateKeyPem(text: string): string {
  const found = pem.exec(unwrap(text));
  if (found === null) {
    throw new Error(
      "is no private key in PEM: it must begin with -----BEGIN RSA PRIVATE KEY----- as GitHub's file does",
    );
  }
  const [, kind = "", body = ""] = found;
  if (kind === "ENCRYPTED PRIVATE KEY" || body.includes("Proc-Type")) {
    throw new Error("is encrypted: store it as GitHub gave it, without a passphrase");
  }
  const key = readKey(kind, body);
  if (key.asymmetricKeyType !== "rsa" || (key.asymmetricKeyDetails?.modulusLength ?? 0) < leastBits) {
    throw new Error(`is no RSA key of ${leastBits} bits or more: a GitHub App has no other`);
  }
  if (!signs(key)) throw new Error("cannot sign: its parts do not belong together. Download a new one from GitHub");
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/**
 * What GitHub shows beside a key in the App's settings: base64 of the SHA-256 of its public half. It is no secret.
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/managing-private-keys-for-github-apps
 */
export function keyFingerprint(privateKey: string): string {
  const der = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return `SHA256:${createHash("sha256").update(der).digest("base64")}`;
}

function unwrap(text: string): string {
  let inner = text.trim();
  for (let layer = 0; layer < mostLayers && !inner.startsWith("-----BEGIN"); layer += 1) inner = peeled(inner);
  return inner.replaceAll(/\\r|\\n/g, "\n");
}

/** The same without its outermost wrapping. */
function peeled(text: string): string {
  if (/^["{[]/.test(text)) {
    const held = texts(parsed(text)).find((one) => /BEGIN|LS0tLS1CRUdJTi/.test(one));
    if (held !== undefined) return held.trim();
  }
  if (/^(["'`]).*\1$/s.test(text)) return text.slice(1, -1).trim();
  // base64 of "-----BEGIN"
  if (text.startsWith("LS0tLS1CRUdJTi")) return Buffer.from(text, "base64").toString("utf8").trim();
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

function readKey(kind: string, body: string): KeyObject {
  const lines = body.replaceAll(/\s/g, "").match(/.{1,64}/g) ?? [];
  try {
    return createPrivateKey([`-----BEGIN ${kind}-----`, ...lines, `-----END ${kind}-----`, ""].join("\n"));
  } catch {
    // the library's own words may quote what it has read
    throw new Error("cannot be read as a private key: it is cut off or altered. Download a new one from GitHub");
  }
}

/** As for a JSON web token of GitHub: RS256. */
function signs(key: KeyObject): boolean {
  const bytes = Buffer.from("a GitHub App signs its tokens with this key");
  try {
    return verify("RSA-SHA256", bytes, createPublicKey(key), sign("RSA-SHA256", bytes, key));
  } catch {
    return false;
  }
}
