import type { AwsError } from "../aws-error.ts";
import { ec2Codes, type Ec2Code } from "./codes.ts";
import { ec2Error } from "./ec2-error.ts";

const messages: Partial<Record<Ec2Code, string>> = {
  InsufficientInstanceCapacity:
    "We currently do not have sufficient capacity in the Availability Zone you requested. Our system will be working " +
    "on provisioning additional capacity.",
  InsufficientFreeAddressesInSubnet: "There are not enough free addresses in the subnet to satisfy the request.",
  InternalError: "An internal error has occurred",
  MaxSpotInstanceCountExceeded: "Max spot instance count exceeded",
  RequestLimitExceeded: "Request limit exceeded.",
  SpotMaxPriceTooLow:
    "Your Spot request price of 0.001 is lower than the minimum required Spot request fulfillment price of 0.01.",
  UnauthorizedOperation:
    "You are not authorized to perform this operation. Encoded authorization failure message: " +
    "c2FuZGJveC1lbmNvZGVkLW1lc3NhZ2U_" +
    "x".repeat(400),
  UnfulfillableCapacity: "There is not enough capacity to fulfill your request for Spot Instances.",
  VcpuLimitExceeded:
    "You have requested more vCPU capacity than your current vCPU limit of 5 allows for the instance bucket that the " +
    "specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an " +
    "adjustment to this limit.",
};

/** The error of this code as a fault answers it; undefined for what is no code of EC2. */
export function ec2FaultError(code: string): AwsError | undefined {
  if (!Object.hasOwn(ec2Codes, code)) return undefined;
  const known = code as Ec2Code;
  return ec2Error(known, messages[known] ?? `A fault that the sandbox was asked for: ${code}`);
}
