import { CallError } from "../../../core/errors/call-error.ts";

/** A launch that EC2 is not even asked for: it would refuse, or do something else than was meant. */
export function invalidLaunch(message: string): CallError {
  return new CallError({ service: "ec2", operation: "RunInstances", kind: "invalid", message });
}
