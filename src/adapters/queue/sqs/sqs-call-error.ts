import type { CallError } from "../../../core/errors/call-error.ts";
import { awsCallError } from "../../compute/aws-call-error.ts";
import { redact } from "../../log/redact.ts";
import { sqsCodes } from "./sqs-codes.ts";

/** Translates a failed call of the SDK; its words name the queue. What SQS quotes of a signature is left out. */
export function sqsCallError(error: unknown, operation: string, queueUrl: string): CallError {
  return awsCallError(error, "queue", operation, sqsCodes, (words) => {
    const said = words.replace(/\s*The Canonical String for this request[\s\S]*$/, "");
    return `queue ${queueName(queueUrl)}: ${redact(said)}`;
  });
}

/** The last part of a queue's URL. */
export function queueName(queueUrl: string): string {
  return queueUrl.split("/").at(-1) ?? queueUrl;
}
