import { readFileSync } from "node:fs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { ec2Launch } from "../../../adapters/compute/ec2/ec2-launch.ts";
import { ec2Machines } from "../../../adapters/compute/ec2/ec2-machines.ts";
import type { Ec2Options } from "../../../adapters/compute/ec2/ec2-options.ts";
import { ec2Traits } from "../../../adapters/compute/ec2/ec2-traits.ts";
import { lambdaProvider } from "../../../adapters/compute/lambda.ts";
import type { ComputeProvider, Ports } from "../../../core/ports.ts";
import type { CoreSettings } from "../../lambda/settings/core-settings.ts";
import type { Ec2Settings } from "../../lambda/settings/machine-settings.ts";
import { oncePerRegion } from "../../../adapters/compute/once-per-region.ts";
import { onceReach } from "./reach.ts";

/** Machines of the function that launches them; `userDataFile`: the script that instances run. */
export function launchingMachines(settings: CoreSettings, userDataFile: string | URL): Ports["compute"] {
  const { lambda, ec2, region } = settings;
  return {
    ...(lambda !== undefined && {
      lambda: lambdaProvider({
        ...lambda,
        region,
        clients: oncePerRegion((name) => new LambdaClient(onceReach(name))),
      }),
    }),
    ...(ec2 !== undefined && { ec2: launchingEc2(ec2, settings, userDataFile) }),
  };
}

/** All but the proof of a machine's identity, which is the host channel's affair and a large part of its bundle. */
function launchingEc2(
  ec2: Ec2Settings,
  { region, stack }: CoreSettings,
  userDataFile: string | URL,
): Omit<ComputeProvider, "identify"> {
  const { runnerUrl, runnerSha256, arm64RunnerUrl, arm64RunnerSha256, pollSeconds, shipSeconds } = ec2;
  const script = readFileSync(userDataFile, "utf8");
  const options: Ec2Options = {
    ...ec2,
    region,
    stack,
    clients: oncePerRegion((name) => new EC2Client(onceReach(name))),
    userData: { script, runnerUrl, runnerSha256, arm64RunnerUrl, arm64RunnerSha256, pollSeconds, shipSeconds },
  };
  return { ...ec2Traits(options), ...ec2Machines(options), ...ec2Launch(options) };
}
