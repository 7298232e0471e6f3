import type { CallErrorKind } from "../../core/errors/call-error.ts";
import { awsCodes } from "../aws/aws-codes.ts";

/**
 * What the error codes of STS's AssumeRole mean (its API reference and the errors common to all of its actions, 2026);
 * the SDK gives some of them a name that ends in `Exception`. A code that is not here goes by its HTTP status.
 */
export const stsCodes: Readonly<Record<string, CallErrorKind>> = {
  ...awsCodes,
  TooManyRequestsException: "rate-limited",
  // the role's trust policy, ours, or the account: the operator has to mend it
  RegionDisabledException: "forbidden",
  InvalidParameterValue: "invalid",
  InvalidParameterCombination: "invalid",
  MissingParameter: "invalid",
  MalformedPolicyDocument: "invalid",
  MalformedPolicyDocumentException: "invalid",
  PackedPolicyTooLarge: "invalid",
  PackedPolicyTooLargeException: "invalid",
};
