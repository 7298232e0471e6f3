import { EC2Client } from "@aws-sdk/client-ec2";
import { ec2Machines } from "../../../adapters/compute/ec2/ec2-machines.ts";
import type { Ec2Options } from "../../../adapters/compute/ec2/ec2-options.ts";
import { ec2Traits } from "../../../adapters/compute/ec2/ec2-traits.ts";
import { lambdaMachines } from "../../../adapters/compute/lambda/lambda-machines.ts";
import { lambdaTraits } from "../../../adapters/compute/lambda/lambda-traits.ts";
import { noLaunch } from "../../../adapters/compute/no-launch.ts";
import type { ComputeProvider, Ports } from "../../../core/ports.ts";
import type { CoreSettings } from "../../lambda/settings/core-settings.ts";
import { oncePerRegion } from "../../../adapters/compute/once-per-region.ts";
import { onceReach } from "./reach.ts";

/** What a function that launches nothing has of EC2. */
export type Ec2Parts = Omit<Ec2Options, "userData">;

/** Machines of a function that finds and ends them, and launches none; `more`: what else it has of EC2. */
export function endingMachines(
  { lambda, ec2, region, stack }: CoreSettings,
  more: (parts: Ec2Parts) => Pick<ComputeProvider, "identify"> = () => ({}),
): Ports["compute"] {
  const clients = oncePerRegion((name) => new EC2Client(onceReach(name)));
  const parts = ec2 && { ...ec2, region, stack, clients };
  return {
    ...(lambda !== undefined && { lambda: { ...lambdaTraits(lambda), ...lambdaMachines, ...noLaunch("lambda") } }),
    ...(parts !== undefined && {
      ec2: { ...ec2Traits(parts), ...ec2Machines(parts), ...more(parts), ...noLaunch("ec2") },
    }),
  };
}
