import type { Chance } from "./chance.ts";

/**
 * What goes wrong in the world, and how often where it is on: a probability for each occasion. Those of users and of
 * GitHub's holds are no faults of anybody, but nasty enough to be switched like the others.
 */
export const faultKinds = {
  "delivery-dropped": 0.03,
  "delivery-failed": 0.04,
  "delivery-duplicated": 0.06,
  "delivery-late": 0.05,
  "delivery-out-of-order": 0.06,
  "queued-while-waiting": 0.5,
  "max-parallel": 0.15,
  "concurrency-group": 0.12,
  "re-run": 0.15,
  "cancel-while-queued": 0.04,
  "cancel-while-running": 0.02,
  "day-limit": 0.5,
  "idle-removal": 0.3,
  "offline-removal": 1,
  "jit-name-conflict": 0.02,
  "primary-limit": 0.0015,
  "secondary-limit": 0.003,
  "github-5xx": 0.02,
  "github-lost-reply": 0.02,
  "stale-read": 0.15,
  "github-stop": 0.1,
  "no-capacity": 0.08,
  "spot-reclaim": 0.05,
  "vcpu-quota": 0.5,
  "token-bucket": 0.03,
  "tenant-limit": 0.03,
  "invoke-late": 0.05,
  "invoke-dropped": 0.03,
  "invoke-given-up": 0.03,
  "invoke-doubled": 0.04,
  "describe-lag": 1,
  "slow-boot": 0.08,
  "endless-boot": 0.03,
  "announcement-lost": 0.3,
  "machine-death": 0.01,
  "aws-5xx": 0.02,
  "aws-lost-reply": 0.03,
  "aws-stop": 0.1,
  "write-conflict": 0.004,
  "store-unavailable": 0.002,
  "list-lag": 1,
  "process-death": 0.0008,
  "two-schedules": 0.3,
  "message-duplicated": 0.02,
  "message-reordered": 0.05,
  "queue-unavailable": 0.004,
  "host-unreachable": 0.02,
} as const satisfies Readonly<Record<string, number>>;

export type FaultKind = keyof typeof faultKinds;

export const allFaultKinds = Object.keys(faultKinds) as FaultKind[];

export type Faults = {
  /** True when this occasion is struck; it is counted then. */
  strikes(kind: FaultKind): boolean;
  /** True when the kind is on in this seed, and its phase has not ended. */
  isOn(kind: FaultKind): boolean;
  /** Counts what a kind that is a state of the world did. */
  count(kind: FaultKind): void;
  readonly counts: Partial<Record<FaultKind, number>>;
  readonly on: readonly FaultKind[];
  /** The second phase: nothing goes wrong any more. */
  stop(): void;
  stopped(): boolean;
};

/** A swarm: each kind is off in half of the seeds, and differs in strength where it is on. */
export function swarm(random: Chance): Faults {
  const strengths = new Map<FaultKind, number>();
  for (const kind of allFaultKinds) {
    const isOn = random.is(0.5);
    const strength = random.between(0.4, 1.6);
    if (isOn) strengths.set(kind, Math.min(1, faultKinds[kind] * strength));
  }
  const counts: Partial<Record<FaultKind, number>> = {};
  let stopped = false;
  const count = (kind: FaultKind): void => {
    counts[kind] = (counts[kind] ?? 0) + 1;
  };
  return {
    counts,
    on: [...strengths.keys()],
    count,
    isOn: (kind) => !stopped && strengths.has(kind),
    strikes(kind) {
      const strength = strengths.get(kind);
      if (stopped || strength === undefined || !random.is(strength)) return false;
      count(kind);
      return true;
    },
    stop() {
      stopped = true;
    },
    stopped: () => stopped,
  };
}
