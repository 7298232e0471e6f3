import type { SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";
import { CallError } from "../../../core/errors/call-error.ts";
import type { QueueEntry } from "../../../core/ports.ts";
import { delayed } from "../delay.ts";
import { mostBatchBytes } from "./batches.ts";
import { messageBody } from "./message-body.ts";

/** What SQS takes for a `MessageGroupId` (API reference of SendMessage, 2026). */
const groupId = /^[!-~]{1,128}$/;

/** One message as an entry of a batch; throws a CallError `invalid` for what SQS would not take from anybody. */
export function batchEntry({ message, group, delaySeconds = 0 }: QueueEntry, id: string): SendMessageBatchRequestEntry {
  const MessageBody = messageBody(message);
  const bytes = Buffer.byteLength(MessageBody);
  if (bytes > mostBatchBytes)
    throw invalid(`a message of kind ${message.kind} has ${bytes} bytes of ${mostBatchBytes}`);
  if (!groupId.test(group)) {
    throw invalid(`group of a message of kind ${message.kind}: 1 to 128 visible ASCII characters, not ${group.length}`);
  }
  return { Id: id, MessageBody, DelaySeconds: wholeSeconds(delaySeconds), MessageGroupId: group };
}

function wholeSeconds(delaySeconds: number): number {
  try {
    return Math.ceil(delayed(0, delaySeconds) / 1000);
  } catch (error) {
    throw invalid((error as RangeError).message);
  }
}

function invalid(message: string): CallError {
  return new CallError({ service: "queue", operation: "SendMessageBatch", kind: "invalid", message });
}
