import type { Execution } from "../model/execution.ts";
import type { LabelHistory } from "../model/label-history.ts";

/** How one job of a label set ended, as far as planning cares. */
export type PastJob = {
  readonly execution: Execution;
  /** From its first step to its end. */
  readonly seconds: number;
  readonly atMs: number;
  /** Why its machine was not enough; undefined for every other end, a failed test too. */
  readonly died?: Death | undefined;
};

/** `time`: the machine's time was over. `memory`: it had too little. The others: what Lambda does not have. */
export type Death = "time" | "memory" | "docker" | "sudo" | "browser";

/** What is known of a label set's jobs; the newest last. */
export type History = {
  readonly jobs: readonly PastJob[];
  /** What was spent today (UTC) on all runners, USD. */
  readonly spentTodayUsd?: number | undefined;
};

export const noHistory: History = { jobs: [] };

/** Jobs that a label set's record keeps. */
const keptJobs = 100;

/** For so long a death on Lambda sends its label set to EC2. */
const escalationDays = 14;
const dayMs = 24 * 60 * 60 * 1000;

/** Figures of a label set's jobs. */
export type Summary = {
  /** Jobs that did not die of their machine, whatever their outcome. */
  readonly runs: number;
  /** How long those took: nearest rank, undefined when there are none. */
  readonly p50Seconds: number | undefined;
  readonly p95Seconds: number | undefined;
  readonly deaths: number;
  readonly lastDeath: PastJob | undefined;
};

/** Figures of the jobs, or of those on one execution. */
export function summarize(history: History, only: { readonly execution?: Execution | undefined } = {}): Summary {
  const jobs = history.jobs.filter(({ execution }) => execution === (only.execution ?? execution));
  const dead = jobs.filter(({ died }) => died !== undefined);
  const seconds = jobs
    .filter(({ died }) => died === undefined)
    .map((job) => job.seconds)
    .toSorted((left, right) => left - right);
  return {
    runs: seconds.length,
    p50Seconds: percentile(seconds, 50),
    p95Seconds: percentile(seconds, 95),
    deaths: dead.length,
    lastDeath: newest(dead),
  };
}

/** Nearest rank (https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method): always one of the values. */
function percentile(ascending: readonly number[], percent: number): number | undefined {
  return ascending[Math.ceil((percent * ascending.length) / 100) - 1];
}

function newest<T extends { readonly atMs: number }>(items: readonly T[]): T | undefined {
  return items.reduce<T | undefined>(
    (last, item) => (last === undefined || item.atMs > last.atMs ? item : last),
    undefined,
  );
}

/** Why a label set is not to run on Lambda for now. */
export type Escalation = { readonly died: Death; readonly atMs: number; readonly untilMs: number };

/** The last death on Lambda when it was less than 14 days ago: the label set's jobs go to EC2 until `untilMs`. */
export function escalationOf(history: History, nowMs: number): Escalation | undefined {
  const last = newest(history.jobs.filter(({ execution, died }) => execution === "lambda" && died !== undefined));
  if (last?.died === undefined) return undefined;
  const untilMs = last.atMs + escalationDays * dayMs;
  return nowMs < untilMs ? { died: last.died, atMs: last.atMs, untilMs } : undefined;
}

/** A label set's record as it is before its first job, version 0: it has never been written. */
export function newLabelHistory(key: string): LabelHistory {
  return { schema: 1, version: 0, key, jobs: [], lastDeath: undefined };
}

/**
 * The record with one more job that has ended, its version untouched. The same object when there is nothing to write:
 * the job stands there already, or is older than all of a full record. What was learnt of a job's death is never
 * forgotten again.
 */
export function recordPastJob(history: LabelHistory, job: LabelHistory["jobs"][number]): LabelHistory {
  const known = history.jobs.find(({ jobId }) => jobId === job.jobId);
  if (known !== undefined && (known.died !== undefined || job.died === undefined)) return history;
  const jobs = [...history.jobs.filter(({ jobId }) => jobId !== job.jobId), job]
    .toSorted((left, right) => left.atMs - right.atMs || left.jobId - right.jobId)
    .slice(-keptJobs);
  const lastDeath = laterDeath(history.lastDeath, job);
  return jobs.includes(job) || lastDeath !== history.lastDeath ? { ...history, jobs, lastDeath } : history;
}

function laterDeath(
  last: LabelHistory["lastDeath"],
  { execution, died, jobId, atMs }: LabelHistory["jobs"][number],
): LabelHistory["lastDeath"] {
  if (execution !== "lambda" || died === undefined || (last !== undefined && last.atMs >= atMs)) return last;
  return { died, jobId, atMs };
}

/** What planning is told of a label set: its jobs, and its last death on Lambda even when many jobs came after it. */
export function historyOf(record: LabelHistory | undefined, spentTodayUsd?: number): History {
  const { jobs, lastDeath } = record ?? newLabelHistory("");
  const missing = lastDeath !== undefined && !jobs.some(({ jobId }) => jobId === lastDeath.jobId);
  // How long it took is not known any more, and of a job that died nobody asks.
  const death: PastJob[] = missing
    ? [{ execution: "lambda", seconds: 0, atMs: lastDeath.atMs, died: lastDeath.died }]
    : [];
  return { jobs: [...death, ...jobs], spentTodayUsd };
}
