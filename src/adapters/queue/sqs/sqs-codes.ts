import type { CallErrorKind } from "../../../core/errors/call-error.ts";
import { awsCodes } from "../../aws/aws-codes.ts";

/**
 * What the error codes of SQS mean (API reference of 2026: SendMessageBatch, SendMessage, ChangeMessageVisibility,
 * ReceiveMessage, DeleteMessage, GetQueueAttributes, and the errors common to all actions), those of single entries of
 * a batch too. A code that is not here goes by its HTTP status.
 */
export const sqsCodes: Readonly<Record<string, CallErrorKind>> = {
  ...awsCodes,
  RequestThrottled: "rate-limited",
  TooManyRequestsException: "rate-limited",
  KmsThrottled: "rate-limited",
  // as many messages in workers' hands as a queue can have
  OverLimit: "unavailable",
  InternalError: "unavailable",
  QueueDoesNotExist: "not-found",
  InvalidAddress: "not-found",
  // the function's role, the queue's policy or its key: the operator has to mend it
  InvalidSecurity: "forbidden",
  KmsAccessDenied: "forbidden",
  KmsDisabled: "forbidden",
  KmsInvalidKeyUsage: "forbidden",
  KmsInvalidState: "forbidden",
  KmsNotFound: "forbidden",
  KmsOptInRequired: "forbidden",
  BatchEntryIdsNotDistinct: "invalid",
  BatchRequestTooLong: "invalid",
  EmptyBatchRequest: "invalid",
  InvalidAttributeName: "invalid",
  InvalidAttributeValue: "invalid",
  InvalidBatchEntryId: "invalid",
  InvalidMessageContents: "invalid",
  InvalidParameterValue: "invalid",
  MessageNotInflight: "invalid",
  MissingParameter: "invalid",
  ReceiptHandleIsInvalid: "invalid",
  TooManyEntriesInBatchRequest: "invalid",
  UnsupportedOperation: "invalid",
};
