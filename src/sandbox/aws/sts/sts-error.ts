import { AwsError } from "../aws-error.ts";
import { stsCodes, type StsCode } from "./codes.ts";

/** An error of STS with the status that belongs to its code. */
export function stsError(code: StsCode, message: string): AwsError {
  return new AwsError(stsCodes[code], code, message);
}
