import type { CallErrorKind } from "../../core/errors/call-error.ts";

/**
 * What the error codes of STS's AssumeRole mean (its API reference and the errors common to all of its actions, 2026);
 * the SDK gives some of them a name that ends in `Exception`. A code that is not here goes by its HTTP status.
 */
export const stsCodes: Readonly<Record<string, CallErrorKind>> = {
  Throttling: "rate-limited",
  ThrottlingException: "rate-limited",
  RequestLimitExceeded: "rate-limited",
  TooManyRequestsException: "rate-limited",
  InternalFailure: "unavailable",
  ServiceUnavailable: "unavailable",
  // our credentials
  ExpiredToken: "unauthorized",
  ExpiredTokenException: "unauthorized",
  InvalidClientTokenId: "unauthorized",
  UnrecognizedClientException: "unauthorized",
  SignatureDoesNotMatch: "unauthorized",
  IncompleteSignature: "unauthorized",
  MissingAuthenticationToken: "unauthorized",
  RequestExpired: "unauthorized",
  // the SDK found none: nothing was sent
  CredentialsProviderError: "unauthorized",
  // the role's trust policy, ours, or the account: the operator has to mend it
  AccessDenied: "forbidden",
  AccessDeniedException: "forbidden",
  RegionDisabledException: "forbidden",
  OptInRequired: "forbidden",
  NotAuthorized: "forbidden",
  ValidationError: "invalid",
  InvalidParameterValue: "invalid",
  InvalidParameterCombination: "invalid",
  MissingParameter: "invalid",
  MalformedPolicyDocument: "invalid",
  MalformedPolicyDocumentException: "invalid",
  PackedPolicyTooLarge: "invalid",
  PackedPolicyTooLargeException: "invalid",
};
