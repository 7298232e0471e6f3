import type { ComputeProvider } from "../../core/ports.ts";
import { lambdaLaunch } from "./lambda/lambda-launch.ts";
import { lambdaMachines } from "./lambda/lambda-machines.ts";
import type { LambdaOptions } from "./lambda/lambda-options.ts";
import { lambdaTraits } from "./lambda/lambda-traits.ts";

/** Runners on Lambda, for a process that launches them. One that does not is made of the other parts and `noLaunch`. */
export function lambdaProvider(options: LambdaOptions): ComputeProvider {
  return { ...lambdaTraits(options), ...lambdaMachines, ...lambdaLaunch(options) };
}
