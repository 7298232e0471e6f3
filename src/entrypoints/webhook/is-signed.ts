import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * True when `signature` (`sha256=` and 64 lower-case hex digits) is the HMAC-SHA256 of these very bytes by one of the
 * secrets. Every secret is tried, each in constant time; an empty secret signs nothing. Octokit's `verify` takes text,
 * and a text is not what was signed: decoding replaces invalid UTF-8 and drops a byte order mark.
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export function isSigned(bytes: Uint8Array, signature: string, secrets: readonly string[]): boolean {
  const hex = /^sha256=([0-9a-f]{64})$/.exec(signature)?.[1];
  if (hex === undefined) return false;
  const given = Buffer.from(hex, "hex");
  let right = false;
  for (const secret of secrets) {
    if (secret === "") continue;
    const expected = createHmac("sha256", secret).update(bytes).digest();
    if (timingSafeEqual(expected, given)) right = true;
  }
  return right;
}
