/** Operations of Secrets Manager that the stand-in has. */
export const secretsManagerOperations = ["CreateSecret", "DescribeSecret", "GetSecretValue", "PutSecretValue"] as const;

/** Error codes of these operations with their HTTP status (API reference of Secrets Manager, 2026). */
export const secretsManagerCodes: Readonly<Record<string, number>> = {
  AccessDeniedException: 400,
  DecryptionFailure: 400,
  EncryptionFailure: 400,
  ExpiredTokenException: 400,
  InternalServiceError: 500,
  InvalidParameterException: 400,
  InvalidRequestException: 400,
  LimitExceededException: 400,
  ResourceExistsException: 400,
  ResourceNotFoundException: 400,
  ServiceUnavailable: 503,
  ThrottlingException: 400,
  UnrecognizedClientException: 400,
};
