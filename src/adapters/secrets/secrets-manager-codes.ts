import type { CallErrorKind } from "../../core/errors/call-error.ts";
import { awsCodes } from "../aws/aws-codes.ts";

/**
 * What the error codes of Secrets Manager mean (its API reference and the errors common to all of its actions, 2026). A
 * code that is not here goes by its HTTP status.
 */
export const secretsManagerCodes: Readonly<Record<string, CallErrorKind>> = {
  ...awsCodes,
  ResourceNotFoundException: "not-found",
  // the same token with another text, or a name that is taken
  ResourceExistsException: "conflict",
  PreconditionNotMetException: "conflict",
  // marked for deletion, or managed by another service
  InvalidRequestException: "invalid",
  InvalidParameterException: "invalid",
  InvalidNextTokenException: "invalid",
  LimitExceededException: "quota",
  InternalServiceError: "unavailable",
  // the KMS key: switched off, deleted, or not for our role
  DecryptionFailure: "forbidden",
  EncryptionFailure: "forbidden",
};
