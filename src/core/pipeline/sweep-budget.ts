import { defaultSweep } from "../settings.ts";
import type { SweepSettings } from "../settings.ts";

/** A look at a repository lists its queued and its running runs. */
export const leastCalls = 2;

/** What GitHub gives an installation at least, for everything that it does (docs of "Rate limits for the REST API"). */
const githubCallsPerHour = 5000;

/** One pass of the schedule. */
const passSeconds = 60;

export type SweepLoad = {
  /** Active ones, spread evenly over the installations. */
  readonly repositories: number;
  /** Queued and running workflow runs in each of them at a time, of at most 100 jobs each. */
  readonly activeRuns: number;
  readonly installations: number;
};

/** What looking at the runs of served repositories costs and what it is worth. */
export type SweepBudget = SweepLoad & {
  readonly callsPerLook: number;
  readonly callsPerHour: number;
  /** Of the 5,000 calls an hour that GitHub gives each installation at least. */
  readonly share: number;
  /** Longest time between two looks at a repository. */
  readonly worstAgeSeconds: number;
};

/** Calls for each installation, and how old the last look at a repository may get. Pure. */
export function sweepBudget(
  { repositories, activeRuns, installations }: SweepLoad,
  { callsPerMinute, mostRuns }: Pick<SweepSettings, "callsPerMinute" | "mostRuns"> = defaultSweep,
): SweepBudget {
  const callsPerLook = leastCalls + Math.min(activeRuns, mostRuns);
  const callsPerRound = Math.ceil(repositories / installations) * callsPerLook;
  const passes = Math.max(1, Math.ceil(callsPerRound / callsPerMinute));
  // Every pass looks at all of them, unless that is more than a pass may spend.
  const callsPerHour = Math.min(callsPerRound, callsPerMinute) * (3600 / passSeconds);
  return {
    repositories,
    activeRuns,
    installations,
    callsPerLook,
    callsPerHour,
    share: callsPerHour / githubCallsPerHour,
    worstAgeSeconds: passes * passSeconds,
  };
}
