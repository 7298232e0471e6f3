import type { JobRecord, RunRecord } from "../state.ts";
import type { World } from "../world.ts";

/**
 * Brings the status of a run that goes on up to date: `waiting` when nothing in it goes on before an approval,
 * otherwise `in_progress` from the start of its first job on. A queued job may sit in a run that is in progress.
 */
export function refreshRunStatus(world: World, run: RunRecord): void {
  if (run.status === "completed" || run.status === "pending") return;
  const open = currentJobs(world, run).filter(({ status }) => status !== "completed");
  const onlyWaits = open.length > 0 && open.every(({ status }) => status === "waiting");
  if (onlyWaits) run.status = "waiting";
  else run.status = run.begun ? "in_progress" : "queued";
}

/** Jobs of the attempt that runs now or ran last, with those that it carries on from earlier ones. */
export function currentJobs(world: World, run: RunRecord): JobRecord[] {
  return [...run.jobIds.values()].flat().flatMap((id) => world.state.jobs.get(id) ?? []);
}

/** Jobs of an attempt, in the order of their ids; undefined when there is no such attempt. */
export function jobsOfAttempt(world: World, run: RunRecord, attempt: number): JobRecord[] | undefined {
  const ids = attempt === run.attempt ? [...run.jobIds.values()].flat() : run.earlierAttempts[attempt - 1];
  return ids?.toSorted((one, other) => one - other).flatMap((id) => world.state.jobs.get(id) ?? []);
}
