import { createHash } from "node:crypto";

/** DynamoDB takes 2,048 bytes; some of them stand here for the kind and the index in front of the key. */
const mostBytes = 1024;

/** A key of any length as one that DynamoDB takes. A long one, such as a pool's of many labels, ends in its digest. */
export function boundedKey(key: string): string {
  if (Buffer.byteLength(key) <= mostBytes) return key;
  return `${key.slice(0, 128).toWellFormed()}#sha256:${createHash("sha256").update(key).digest("hex")}`;
}
