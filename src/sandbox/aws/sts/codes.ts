/** Error codes of STS with their HTTP status (its API reference and the errors common to all its actions, 2026). */
export const stsCodes = {
  AccessDenied: 403,
  ExpiredToken: 403,
  IncompleteSignature: 400,
  InternalFailure: 500,
  InvalidAction: 400,
  InvalidClientTokenId: 403,
  InvalidParameterValue: 400,
  MalformedPolicyDocument: 400,
  MissingAuthenticationToken: 403,
  OptInRequired: 403,
  PackedPolicyTooLarge: 400,
  RegionDisabledException: 403,
  RequestExpired: 400,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  Throttling: 400,
  ValidationError: 400,
} as const satisfies Readonly<Record<string, number>>;

export type StsCode = keyof typeof stsCodes;
