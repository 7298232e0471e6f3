import { AwsError } from "../aws-error.ts";
import { ec2Codes, type Ec2Code } from "./codes.ts";

/** An error of EC2 with the status that belongs to its code. */
export function ec2Error(code: Ec2Code, message: string): AwsError {
  return new AwsError(ec2Codes[code], code, message);
}

/** For a value that EC2 does not take, in its own words. */
export function invalidValue(value: string | number, parameter: string, why: string): AwsError {
  return ec2Error("InvalidParameterValue", `Value ( ${value} ) for parameter ${parameter} is invalid. ${why}`);
}
