import type { CallErrorKind } from "../../core/errors/call-error.ts";

/**
 * What the error codes mean that all services of AWS have ("Common Error Types" of their API references, 2026); the SDK
 * gives some of them a name that ends in `Exception`. The first part of a service's own table, which may say otherwise.
 */
export const awsCodes: Readonly<Record<string, CallErrorKind>> = {
  Throttling: "rate-limited",
  ThrottlingException: "rate-limited",
  RequestLimitExceeded: "rate-limited",
  InternalFailure: "unavailable",
  ServiceUnavailable: "unavailable",
  // our credentials
  ExpiredToken: "unauthorized",
  ExpiredTokenException: "unauthorized",
  InvalidClientTokenId: "unauthorized",
  UnrecognizedClientException: "unauthorized",
  SignatureDoesNotMatch: "unauthorized",
  InvalidSignatureException: "unauthorized",
  IncompleteSignature: "unauthorized",
  IncompleteSignatureException: "unauthorized",
  MissingAuthenticationToken: "unauthorized",
  MissingAuthenticationTokenException: "unauthorized",
  RequestExpired: "unauthorized",
  // the SDK found none: nothing was sent
  CredentialsProviderError: "unauthorized",
  // the operator has to mend it
  AccessDenied: "forbidden",
  AccessDeniedException: "forbidden",
  NotAuthorized: "forbidden",
  OptInRequired: "forbidden",
  ValidationError: "invalid",
  ValidationException: "invalid",
};
