/** Operations of Systems Manager's Parameter Store that the stand-in has. */
export const ssmOperations = ["GetParameter", "PutParameter"] as const;

/** Error codes of these operations with their HTTP status (API reference of Systems Manager, 2026). */
export const ssmCodes: Readonly<Record<string, number>> = {
  AccessDeniedException: 400,
  ExpiredTokenException: 400,
  HierarchyLevelLimitExceededException: 400,
  HierarchyTypeMismatchException: 400,
  InternalServerError: 500,
  InvalidKeyId: 400,
  ParameterAlreadyExists: 400,
  ParameterLimitExceeded: 400,
  ParameterMaxVersionLimitExceeded: 400,
  ParameterNotFound: 400,
  ParameterVersionNotFound: 400,
  ServiceUnavailable: 503,
  ThrottlingException: 400,
  TooManyUpdates: 400,
  UnrecognizedClientException: 400,
  ValidationException: 400,
};
