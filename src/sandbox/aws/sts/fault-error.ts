import type { AwsError } from "../aws-error.ts";
import { stsCodes, type StsCode } from "./codes.ts";
import { stsError } from "./sts-error.ts";

const messages: Partial<Record<StsCode, string>> = {
  PackedPolicyTooLarge: "Packed size of session tags consumes 142% of allotted space.",
  RegionDisabledException: "STS is not activated in this region for account:123456789012.",
  Throttling: "Rate exceeded",
};

/** The error of this code as a fault answers it; undefined for what is no code of STS. */
export function stsFaultError(code: string): AwsError | undefined {
  if (!Object.hasOwn(stsCodes, code)) return undefined;
  const known = code as StsCode;
  return stsError(known, messages[known] ?? `A fault that the sandbox was asked for: ${code}`);
}
