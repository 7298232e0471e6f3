import type { CallError } from "../../../core/errors/call-error.ts";
import { awsCallError } from "../../aws/aws-call-error.ts";
import { redact } from "../../log/redact.ts";
import { sqsCodes } from "./sqs-codes.ts";

/** Translates a failed call of the SDK; its words name the queue. */
export function sqsCallError(error: unknown, operation: string, queueUrl: string): CallError {
  return awsCallError(error, "queue", operation, sqsCodes, (words) => `queue ${queueName(queueUrl)}: ${redact(words)}`);
}

/** The last part of a queue's URL. */
export function queueName(queueUrl: string): string {
  return queueUrl.split("/").at(-1) ?? queueUrl;
}
