import type { CallErrorKind } from "../../core/errors/call-error.ts";

/**
 * What the error codes of Secrets Manager mean (its API reference and the errors common to all of its actions, 2026). A
 * code that is not here goes by its HTTP status.
 */
export const secretsManagerCodes: Readonly<Record<string, CallErrorKind>> = {
  ResourceNotFoundException: "not-found",
  // the same token with another text, or a name that is taken
  ResourceExistsException: "conflict",
  PreconditionNotMetException: "conflict",
  // marked for deletion, or managed by another service
  InvalidRequestException: "invalid",
  InvalidParameterException: "invalid",
  InvalidNextTokenException: "invalid",
  ValidationException: "invalid",
  LimitExceededException: "quota",
  InternalServiceError: "unavailable",
  InternalFailure: "unavailable",
  ServiceUnavailable: "unavailable",
  ThrottlingException: "rate-limited",
  RequestLimitExceeded: "rate-limited",
  // the KMS key: switched off, deleted, or not for our role
  DecryptionFailure: "forbidden",
  EncryptionFailure: "forbidden",
  AccessDeniedException: "forbidden",
  OptInRequired: "forbidden",
  ExpiredTokenException: "unauthorized",
  UnrecognizedClientException: "unauthorized",
  InvalidClientTokenId: "unauthorized",
  InvalidSignatureException: "unauthorized",
  IncompleteSignatureException: "unauthorized",
  MissingAuthenticationTokenException: "unauthorized",
  // the SDK found none: nothing was sent
  CredentialsProviderError: "unauthorized",
};
