import type { Execution } from "./model/execution.ts";
import type { Policy } from "./planning/policy/policy.ts";

/** All that an operator may set and the core needs. Every duration is in seconds. */
export type Settings = {
  /** First part of the labels that are ours, unique per stage: `mayfly`. Lower case. */
  readonly labelPrefix: string;
  /** Installations that are served; undefined serves all (one's own machine only). */
  readonly installations: readonly number[] | undefined;
  /** Base URL of the host channel as machines reach it, without a slash at its end. */
  readonly hostUrl: string;
  readonly region: string;
  readonly caps: Caps;
  readonly timings: Timings;
  /** How sweep looks at the runs of served repositories; what is missing is as in `defaultSweep`. */
  readonly sweep?: Partial<SweepSettings> | undefined;
  /** Jobs whose machine was lost are re-run once, when their run attempt has ended. Default: they are not. */
  readonly rerunLostJobs?: boolean | undefined;
  /**
   * Number of a runner group of the organisations that own the repositories: runners are registered there, and GitHub may
   * give them to jobs of all repositories that the group is open to. Undefined: each belongs to its repository alone.
   */
  readonly organizationRunnerGroup?: number | undefined;
};

/** The settings as far as the operator's policy allows: the tighter cap counts. */
export function withinPolicy<T extends Pick<Settings, "caps" | "installations">>(
  settings: T,
  { installations, maxRunners }: Policy,
): T {
  const { caps } = settings;
  return {
    ...settings,
    installations: installations ?? settings.installations,
    caps: {
      total: tighterCap(caps.total, maxRunners.total),
      executions: {
        lambda: tighterCap(caps.executions.lambda, maxRunners.lambda),
        ec2: tighterCap(caps.executions.ec2, maxRunners.ec2),
        microvm: tighterCap(caps.executions.microvm, maxRunners.microvm),
      },
      repository: tighterCap(caps.repository, maxRunners.repository),
    },
  };
}

/** The lower of two caps; undefined is none. */
export function tighterCap(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return Math.min(left, right);
}

/** How often, and for how many calls to GitHub, the runs of served repositories are listed. */
export type SweepSettings = {
  /** Calls a minute for each installation, of the 5,000 an hour that GitHub gives it at least. */
  readonly callsPerMinute: number;
  /** A repository counts as active for so long after a job of it was heard of. */
  readonly activeSeconds: number;
  /** An active repository is looked at again after this, if the calls suffice. */
  readonly everySeconds: number;
  /** Any other, and one that GitHub refuses to show, is looked at again after this. */
  readonly idleEverySeconds: number;
  /** A repository without a job for so long is looked at no more, until it has one. */
  readonly forgetAfterSeconds: number;
  /** What GitHub shows for less than this is left to its webhook. */
  readonly youngSeconds: number;
  /** Runs whose jobs one look lists; the next look goes on where it stopped. */
  readonly mostRuns: number;
};

/** A little less than a minute, so that each minute's schedule finds every active repository due. */
export const defaultSweep: SweepSettings = {
  callsPerMinute: 25,
  activeSeconds: 86_400,
  everySeconds: 55,
  idleEverySeconds: 3600,
  forgetAfterSeconds: 7 * 86_400,
  youngSeconds: 20,
  mostRuns: 30,
};

/** The operator's settings of sweep, with the defaults where there are none. */
export function sweepSettings({ sweep }: Pick<Settings, "sweep">): SweepSettings {
  return { ...defaultSweep, ...sweep };
}

/** Most machines at a time; undefined is no cap. */
export type Caps = {
  readonly total: number | undefined;
  readonly executions: Partial<Readonly<Record<Execution, number | undefined>>>;
  readonly repository: number | undefined;
};

export type Timings = {
  /** A message is given up after so many receives. */
  readonly mostReceives: number;
  /** A launch call in progress is left alone so long: the worker's own time limit and a little more. */
  readonly callPatienceSeconds: number;
  /** A record older than this is read again at GitHub before a runner is launched for it. */
  readonly staleAfterSeconds: number;
  /** How long an evaluation of a pool waits, and how far apart two launches by the same pool are. */
  readonly poolDelaySeconds: number;
  /** A runner that claimed but never listened is ended after this. */
  readonly bootSeconds: number;
  /** A runner that listens without getting a job ends after this. */
  readonly idleSeconds: number;
  /** So long before the machine's deadline the host begins the graceful stop. */
  readonly shutdownSeconds: number;
  /** What outlived its job is ended so long after `completed`, so that logs arrive. */
  readonly reapAfterSeconds: number;
  /** So long after the host said that its listener ended, GitHub is asked what became of the job. */
  readonly verifyAfterSeconds: number;
  /** Relaunches of a pool whose runners stood idle back off by these, the last one again and again. */
  readonly backoffSeconds: readonly number[];
  /** A slot lives so long unless its runner's record extends it. */
  readonly slotSeconds: number;
  /** The lease of one run of the schedule. */
  readonly leaseSeconds: number;
  /** A report waits so long for the last events of its run. */
  readonly reportDelaySeconds: number;
  /** A run whose end no delivery announced is looked at again after this. */
  readonly reportFallbackSeconds: number;
  /** The check run of a run that goes on is written again at most so often, unless another job of it has ended. */
  readonly reportEverySeconds: number;
  /** What had no capacity is not asked for again for so long. */
  readonly capacityMemorySeconds: number;
  /** After a quota was used up, nothing that counts against it is asked for for so long, unless a machine ends. */
  readonly quotaMemorySeconds: number;
  /** A launch whose effect is unknown counts as never made once no machine was seen so long after its last call. */
  readonly unknownMachineSeconds: number;
  /** A repository's own file is read again after this. */
  readonly fileSeconds: number;
  /** Files of the owner's `.github` repositories: most owners have none, and a push to one that has is heard of. */
  readonly ownersFileSeconds: number;
  /** How far back the first sweep looks for failed deliveries. */
  readonly sweepBackSeconds: number;
};

export const defaultTimings: Timings = {
  mostReceives: 12,
  callPatienceSeconds: 30,
  staleAfterSeconds: 60,
  poolDelaySeconds: 5,
  bootSeconds: 120,
  idleSeconds: 300,
  shutdownSeconds: 60,
  reapAfterSeconds: 60,
  verifyAfterSeconds: 15,
  backoffSeconds: [300, 600, 1200],
  slotSeconds: 300,
  leaseSeconds: 55,
  reportDelaySeconds: 10,
  reportFallbackSeconds: 120,
  reportEverySeconds: 300,
  capacityMemorySeconds: 300,
  quotaMemorySeconds: 60,
  unknownMachineSeconds: 300,
  fileSeconds: 60,
  ownersFileSeconds: 600,
  sweepBackSeconds: 3600,
};
