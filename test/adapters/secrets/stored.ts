import { createPublicKey, generateKeyPairSync } from "node:crypto";

function rsaKey(type: "pkcs1" | "pkcs8", bits = 2048): string {
  return generateKeyPairSync("rsa", { modulusLength: bits }).privateKey.export({ type, format: "pem" }).toString();
}

/** As GitHub gives it. */
export const githubKey = rsaKey("pkcs1");
export const otherKey = rsaKey("pkcs1");
export const shortKey = rsaKey("pkcs8", 1024);
export const hostKey = "0123456789abcdef".repeat(4);

/** Fields of a secret with everything in it. */
export const fields = {
  appId: 4711,
  privateKey: githubKey,
  webhookSecret: "a-current-webhook-secret",
  hostKey,
};

export function stored(changes: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ ...fields, ...changes });
}

/** Two PEM texts are of the same key when their public halves are the same. */
export function publicHalf(privateKey: string): string {
  return createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
}
