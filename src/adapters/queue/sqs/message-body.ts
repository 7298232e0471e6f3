import type { Message } from "../../../core/ports.ts";

/**
 * What XML 1.0 lacks SQS refuses in a message, with it the name of a job or a branch. JSON's own escapes stand for it;
 * they stand for the halves of the characters beyond U+FFFF too, which not everything that speaks for SQS takes.
 */
const notInSqs = /[\ud800-\udfff\ufffe\uffff]/g;

/** A message as the text that travels on SQS: JSON. */
export function messageBody(message: Message): string {
  return JSON.stringify(message).replaceAll(notInSqs, (half) => String.raw`\u${half.charCodeAt(0).toString(16)}`);
}
