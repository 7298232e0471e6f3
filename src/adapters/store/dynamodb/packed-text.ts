import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";

/** What one unit reads. A write costs a unit for each 1,024 bytes. */
const mostPlainBytes = 4096;

/** Beyond this, better compression takes more time than it saves. */
const quality = 5;

/**
 * A text as an attribute: short ones as they are, so that a person can read them in the console, longer ones compressed.
 * A record of a file holds the text twice, and DynamoDB takes 400 KB; Brotli's window is wide enough to see the repetition.
 */
export function packedText(text: string): AttributeValue {
  const bytes = Buffer.from(text);
  if (bytes.length <= mostPlainBytes) return { S: text };
  const params = { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return { B: brotliCompressSync(bytes, { params }) };
}

/** The text of `packedText`; undefined when it is none, or damaged. */
export function unpackedText(value: AttributeValue | undefined): string | undefined {
  if (value?.B === undefined) return value?.S;
  try {
    return brotliDecompressSync(value.B).toString();
  } catch {
    return undefined;
  }
}
