import type { Job } from "./job.ts";
import type { Pool } from "./pool.ts";
import type { Run } from "./run.ts";
import { runKeyOf } from "./run.ts";
import type { Runner } from "./runner.ts";
import type { ServedRepository } from "./served-repository.ts";

/** Where a record stands in the sparse indexes of its table: index name → partition and sort value. */
export type IndexEntries = Readonly<Record<string, { readonly key: string; readonly sort: string }>>;

/** Partition of the indexes that are not divided. */
export const everything = "all";

/** A time as a sort value: text order is time order until the year 33658. */
export function sortTime(ms: number): string {
  return String(Math.max(0, Math.floor(ms))).padStart(15, "0");
}

/** `pool`, `unstarted`: jobs without a runner yet, oldest first. `waiting`: for a cap or for room, by priority; `waiting-for`: the same by what they wait for. `run`: all jobs of a run attempt. */
export function jobIndexes(job: Job): IndexEntries {
  const queuedAt = `${sortTime(job.queuedAtMs)}#${job.id}`;
  const unstarted = job.state === "queued" || job.state === "launching" || job.state === "waiting";
  return {
    run: { key: runKeyOf(job), sort: sortTime(job.id) },
    ...(unstarted && { pool: { key: job.pool, sort: queuedAt }, unstarted: { key: everything, sort: queuedAt } }),
    ...(isInLine(job) && waitingEntries(job, job.reason.scope)),
  };
}

/** Whether a job waits for a cap or for room, which gives it a place in a line. */
export function isInLine(job: Job): job is Job & { readonly reason: { readonly scope: string } } {
  return job.state === "waiting" && job.reason?.scope !== undefined;
}

function waitingEntries(job: Job, scope: string): IndexEntries {
  const sort = `${String(Math.max(0, 999_999 - job.priority)).padStart(6, "0")}#${sortTime(job.queuedAtMs)}#${job.id}`;
  return { waiting: { key: everything, sort }, "waiting-for": { key: scope, sort } };
}

/** `machine`: open runners by the id of their machine. `pool`, `unused`: runners that may still take a job, oldest first. `due`: open runners by the time at which reap looks. `open`: by execution. */
export function runnerIndexes(runner: Runner): IndexEntries {
  if (runner.state === "ended") return {};
  const createdAt = `${sortTime(runner.createdAtMs)}#${runner.name}`;
  return {
    open: { key: runner.execution, sort: createdAt },
    ...(runner.machineId !== undefined && { machine: { key: runner.machineId, sort: createdAt } }),
    ...(runner.state !== "busy" && {
      pool: { key: runner.pool, sort: createdAt },
      unused: { key: everything, sort: createdAt },
    }),
    ...(runner.dueAtMs !== undefined && { due: { key: everything, sort: sortTime(runner.dueAtMs) } }),
  };
}

/** `backoff`: pools of a repository whose relaunches back off. */
export function poolIndexes(pool: Pool): IndexEntries {
  if (pool.backoffUntilMs === undefined) return {};
  return { backoff: { key: String(pool.repository.id), sort: sortTime(pool.backoffUntilMs) } };
}

/** `due`: runs whose check run has to be looked at. */
export function runIndexes(run: Run): IndexEntries {
  return run.dueAtMs === undefined ? {} : { due: { key: everything, sort: sortTime(run.dueAtMs) } };
}

/** `sweep`: served repositories by the time at which sweep looks at their runs. */
export function repositoryIndexes({ dueAtMs }: ServedRepository): IndexEntries {
  return { sweep: { key: everything, sort: sortTime(dueAtMs) } };
}
