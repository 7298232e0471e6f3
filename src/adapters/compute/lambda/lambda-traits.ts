import type { Offer } from "../../../core/planning/plan-types.ts";
import type { ComputeProvider } from "../../../core/ports.ts";
import type { LambdaFunction } from "./choose-function.ts";
import type { LambdaOptions } from "./lambda-options.ts";

/** A listener asks GitHub for a job again and again, each time for up to 50 s, and hears then that it is not known any more. */
const lingerSeconds = 60;

/** What the core must know of runners on Lambda; no call is made. */
export function lambdaTraits(options: Omit<LambdaOptions, "clients" | "region">): Pick<ComputeProvider, "traits"> {
  const { functions, claimWithinSeconds = 90, lifetimeSeconds = 900, usualStartSeconds = 30 } = options;
  const offer = offerOf(functions);
  return {
    traits: { execution: "lambda", claimWithinSeconds, lifetimeSeconds, usualStartSeconds, lingerSeconds, offer },
  };
}

/** What can be had without a named image or named subnets; sizes of any architecture, the smallest first. */
function offerOf(functions: readonly LambdaFunction[]): Offer {
  const usual = functions.filter(({ image, subnets }) => image === undefined && subnets === undefined);
  return {
    archs: [...new Set(usual.map(({ arch }) => arch))],
    memoryMb: [...new Set(usual.map(({ memoryMb }) => memoryMb))].toSorted((one, other) => one - other),
  };
}
