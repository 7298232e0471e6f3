import { constants, gzipSync } from "node:zlib";

/**
 * The text as gzip (RFC 1952), the same bytes for the same text: without a time, and without the name of the operating
 * system, which zlib writes differently on each.
 */
export function gzipped(text: string): Buffer {
  const bytes = gzipSync(text, { level: constants.Z_BEST_COMPRESSION });
  bytes.fill(0, 4, 8);
  bytes[9] = 255;
  return bytes;
}
