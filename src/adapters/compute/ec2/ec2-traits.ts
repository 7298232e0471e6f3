import type { Offer } from "../../../core/planning/plan-types.ts";
import type { ComputeProvider } from "../../../core/ports.ts";
import type { Ec2Options, Ec2Region } from "./ec2-options.ts";

/**
 * EC2 takes a burst of 5 RunInstances calls and 2 a second in each region (Request throttling for the Amazon EC2 API,
 * 2026). A call may be made a second after its turn and be on its way for half a second more; the three turns of that
 * time may arrive with it, and one call is kept in reserve.
 */
export const runInstancesRate = { burst: 1, perSecond: 2 };

/** What the core must know of runners on EC2; no call is made. */
export function ec2Traits(
  options: Omit<Ec2Options, "clients" | "stack" | "userData">,
): Pick<ComputeProvider, "traits"> {
  const { regions, launchRate = runInstancesRate } = options;
  const { claimWithinSeconds = 300, lifetimeSeconds = 21_600, usualStartSeconds = 90 } = options;
  return {
    traits: {
      execution: "ec2",
      claimWithinSeconds,
      lifetimeSeconds,
      usualStartSeconds,
      regions: Object.keys(regions),
      logGroups: ofEach(regions, ({ logGroup }) => logGroup),
      launchRate,
      offer: offerOf(options),
    },
  };
}

function offerOf({ region, regions }: Pick<Ec2Options, "region" | "regions">): Offer {
  const archsByRegion = ofEach(regions, ({ arm64ImageId }) =>
    arm64ImageId === undefined ? (["x64"] as const) : (["x64", "arm64"] as const),
  );
  return { archs: archsByRegion[region] ?? [], archsByRegion };
}

function ofEach<Fact>(regions: Ec2Options["regions"], fact: (region: Ec2Region) => Fact): Record<string, Fact> {
  return Object.fromEntries(Object.entries(regions).map(([name, region]) => [name, fact(region)]));
}
