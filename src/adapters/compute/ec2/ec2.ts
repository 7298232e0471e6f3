import type { ComputeProvider } from "../../../core/ports.ts";
import { ec2Identity } from "./ec2-identity.ts";
import { ec2Launch } from "./ec2-launch.ts";
import { ec2Machines } from "./ec2-machines.ts";
import type { Ec2Options } from "./ec2-options.ts";
import { ec2Traits } from "./ec2-traits.ts";

/**
 * Runners as EC2 instances, for a process that launches them. One that does not is made of the other parts that it needs
 * and `noLaunch`. Throws when instance identity documents of a region could not be checked.
 */
export function ec2Provider(options: Ec2Options): ComputeProvider {
  return { ...ec2Traits(options), ...ec2Machines(options), ...ec2Identity(options), ...ec2Launch(options) };
}
