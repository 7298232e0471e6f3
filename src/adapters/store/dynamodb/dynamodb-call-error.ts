import type { CallError, CallErrorKind } from "../../../core/errors/call-error.ts";
import { awsCallError } from "../../aws/aws-call-error.ts";
import { awsCodes } from "../../aws/aws-codes.ts";
import { redact } from "../../log/redact.ts";

/**
 * Errors of the calls on items (API reference of 2026); the SDK has tried the passing ones again before. A code that is
 * not here goes by its HTTP status.
 */
const codes: Readonly<Record<string, CallErrorKind>> = {
  ...awsCodes,
  // of one table or one item, which the next try may find free: nothing that the whole account is held back by
  ProvisionedThroughputExceededException: "unavailable",
  RequestLimitExceeded: "unavailable",
  ThrottlingException: "unavailable",
  Throttling: "unavailable",
  InternalServerError: "unavailable",
  // another write of the same item is under way in this moment, or in another region
  TransactionConflictException: "unavailable",
  ReplicatedWriteConflictException: "unavailable",
  ResourceNotFoundException: "not-found",
  // and an item of more than 400 KB, by the common `ValidationException`
  SerializationException: "invalid",
  ItemCollectionSizeLimitExceededException: "invalid",
};

/** Translates a failed call on the table; the message names it, because most that is wrong is wrong with its name. */
export function dynamodbCallError(error: unknown, operation: string, table: string): CallError {
  return awsCallError(error, "store", operation, codes, (words) => clean(words, table));
}

function clean(words: string, table: string): string {
  if (words.startsWith("ResourceNotFoundException")) {
    return `there is no table ${table} here, or not all of its indexes: check its name, the region, and the deployment`;
  }
  return redact(`${words} (table ${table})`);
}
