import type { CallErrorKind } from "../../core/errors/call-error.ts";
import { awsCodes } from "../aws/aws-codes.ts";

/**
 * What the error codes of the Parameter Store's GetParameter and PutParameter mean (API reference of Systems Manager and
 * the errors common to all of its actions, 2026). A code that is not here goes by its HTTP status.
 */
export const ssmCodes: Readonly<Record<string, CallErrorKind>> = {
  ...awsCodes,
  ParameterNotFound: "not-found",
  ParameterVersionNotFound: "not-found",
  ParameterAlreadyExists: "conflict",
  // somebody else writes it at this moment
  TooManyUpdates: "rate-limited",
  InternalServerError: "unavailable",
  ParameterLimitExceeded: "quota",
  ParameterMaxVersionLimitExceeded: "quota",
  // the KMS key: switched off, deleted, or not there
  InvalidKeyId: "forbidden",
  HierarchyLevelLimitExceededException: "invalid",
  HierarchyTypeMismatchException: "invalid",
  ParameterPatternMismatchException: "invalid",
  UnsupportedParameterType: "invalid",
  InvalidAllowedPatternException: "invalid",
};
