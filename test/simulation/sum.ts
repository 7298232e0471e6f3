import type { Outcome } from "./simulate.ts";
import { allFaultKinds } from "./world/faults.ts";

/** What many seeds showed. */
export type Sum = {
  readonly seeds: number;
  readonly virtualHours: number;
  readonly jobs: number;
  readonly jobsPerVirtualHour: number;
  /** Per second of wall time. */
  readonly jobsPerSecond: number;
  /** How often each kind struck. */
  readonly faults: Readonly<Record<string, number>>;
  readonly violations: number;
  /** Jobs that never got a runner. */
  readonly lost: number;
  /** Machines, registrations, slots, leases and records that were left. */
  readonly leaked: number;
};

export function sumUp(outcomes: readonly Outcome[], wallSeconds: number): Sum {
  const total = (of: (outcome: Outcome) => number): number => outcomes.reduce((sum, outcome) => sum + of(outcome), 0);
  const jobs = total((outcome) => outcome.jobs);
  const virtualHours = total((outcome) => outcome.virtualHours);
  return {
    seeds: outcomes.length,
    virtualHours: round(virtualHours),
    jobs,
    jobsPerVirtualHour: round(jobs / virtualHours),
    jobsPerSecond: round(jobs / wallSeconds),
    faults: Object.fromEntries(allFaultKinds.map((kind) => [kind, total(({ faults }) => faults[kind] ?? 0)])),
    violations: total((outcome) => outcome.violations.length),
    lost: total((outcome) => outcome.lost),
    leaked: total((outcome) => outcome.leaked),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
