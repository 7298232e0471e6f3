import type { Execution } from "./model/execution.ts";

/** All that an operator may set and the core needs. Every duration is in seconds. */
export type Settings = {
  /** First part of the labels that are ours, unique per stage: `mayfly`. Lower case. */
  readonly labelPrefix: string;
  /** Installations that are served; undefined serves all (one's own machine only). */
  readonly installations: readonly number[] | undefined;
  /** Base URL of the host channel as machines reach it, without a slash at its end. */
  readonly hostUrl: string;
  readonly region: string;
  /** Execution of a plain `mayfly` label. */
  readonly defaultExecution: Execution;
  readonly caps: Caps;
  readonly timings: Timings;
};

/** Most machines at a time; undefined is no cap. */
export type Caps = {
  readonly total: number | undefined;
  readonly executions: Partial<Record<Execution, number>>;
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
  sweepBackSeconds: 3600,
};
