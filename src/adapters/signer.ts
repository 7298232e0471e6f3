import { createHmac, timingSafeEqual } from "node:crypto";
import type { Signer } from "../core/ports.ts";

/** Shortest host key that is accepted: 32 bytes, the digest's own length. */
const leastKeyBytes = 32;

/** Signs with HMAC-SHA256 and the host key. Throws for a key too short to be a secret. */
export function hmacSigner(hostKey: Buffer): Signer {
  if (hostKey.length < leastKeyBytes) throw new Error(`the host key must have at least ${leastKeyBytes} bytes`);
  const digest = (text: string): Buffer => createHmac("sha256", hostKey).update(text).digest();
  return {
    sign: (text) => digest(text).toString("hex"),
    equal(left, right) {
      const [ours, given] = [Buffer.from(left), Buffer.from(right)];
      // How long a digest is everybody knows.
      return ours.length === given.length && timingSafeEqual(ours, given);
    },
  };
}
