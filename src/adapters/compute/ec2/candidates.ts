import type { Candidate, MachineSpec } from "../../../core/model/machine.ts";
import type { Ec2Region } from "./ec2-options.ts";

/** A runner that found no room in so many pools waits instead. */
const mostCandidates = 30;

const markets = {
  prefer: ["spot", "on-demand"],
  only: ["spot"],
  never: ["on-demand"],
} as const;

/**
 * Pools of capacity that would do, best first: type by type in the order given, each in all subnets, first at spot
 * prices and then, unless only spot will do, on demand. Nothing twice, at most 30 (of two markets 15 each). None where
 * subnets are asked for by a name that stands for none.
 */
export function candidates(spec: MachineSpec, options: Pick<Ec2Region, "subnets">): Candidate[] {
  const types = [...new Set(spec.instanceTypes)];
  const zones = new Map((spec.subnets?.list ?? options.subnets).map(({ id, zone }) => [id, zone]));
  const pools = (market: Candidate["market"]): Candidate[] =>
    types.flatMap((instanceType) => [...zones].map(([subnet, zone]) => ({ market, instanceType, subnet, zone })));
  const chosen = markets[spec.spot ?? "prefer"];
  // many types must not crowd out the market that has room most of the time
  return chosen.flatMap((market) => pools(market).slice(0, mostCandidates / chosen.length));
}
