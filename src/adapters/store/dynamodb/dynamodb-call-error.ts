import type { CallError, CallErrorKind } from "../../../core/errors/call-error.ts";
import { awsCallError } from "../../compute/aws-call-error.ts";
import { redact } from "../../log/redact.ts";

/**
 * Errors of the calls on items (API reference of 2026, and the errors common to all actions); the SDK has tried the
 * passing ones again before. A code that is not here goes by its HTTP status.
 */
const codes: Readonly<Record<string, CallErrorKind>> = {
  ProvisionedThroughputExceededException: "unavailable",
  RequestLimitExceeded: "unavailable",
  ThrottlingException: "unavailable",
  Throttling: "unavailable",
  InternalServerError: "unavailable",
  InternalFailure: "unavailable",
  ServiceUnavailable: "unavailable",
  // another write of the same item is under way in this moment, or in another region
  TransactionConflictException: "unavailable",
  ReplicatedWriteConflictException: "unavailable",
  ResourceNotFoundException: "not-found",
  AccessDeniedException: "forbidden",
  OptInRequired: "forbidden",
  UnrecognizedClientException: "unauthorized",
  ExpiredTokenException: "unauthorized",
  InvalidSignatureException: "unauthorized",
  IncompleteSignatureException: "unauthorized",
  MissingAuthenticationTokenException: "unauthorized",
  // the SDK found no credentials: nothing was sent
  CredentialsProviderError: "unauthorized",
  // among them an item of more than 400 KB
  ValidationException: "invalid",
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
  // DynamoDB quotes the request that it would have signed, with our own session token in it.
  return redact(`${words.replace(/\s*The Canonical String for this request[\s\S]*$/, "")} (table ${table})`);
}
