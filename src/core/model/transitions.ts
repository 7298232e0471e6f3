import type { JobState } from "./job.ts";
import type { RunnerState } from "./runner.ts";

/**
 * Which state may follow which. Events arrive late, twice and out of order, so everything that is not listed is
 * ignored: a state never goes back.
 */
export const jobTransitions: Readonly<Record<JobState, readonly JobState[]>> = {
  queued: ["launching", "waiting", "refused", "running", "completed"],
  launching: ["waiting", "refused", "running", "completed"],
  waiting: ["queued", "launching", "refused", "running", "completed"],
  refused: ["running", "completed"],
  // The hook asks when GitHub shows it as running already.
  running: ["completed", "lost", "refused"],
  // GitHub may still report the end of a job that we believed dead, for example when only our event was lost.
  lost: ["completed"],
  completed: [],
};

export const runnerTransitions: Readonly<Record<RunnerState, readonly RunnerState[]>> = {
  launching: ["booting", "idle", "busy", "ended"],
  booting: ["idle", "busy", "ended"],
  idle: ["busy", "ended"],
  busy: ["ended"],
  ended: [],
};

/** True when a job in state `from` may become `to`. */
export function jobMay(from: JobState, to: JobState): boolean {
  return jobTransitions[from].includes(to);
}

/** True when a runner in state `from` may become `to`. */
export function runnerMay(from: RunnerState, to: RunnerState): boolean {
  return runnerTransitions[from].includes(to);
}

/** Jobs that have no runner yet and may still get one. */
export function isUnstarted(state: JobState): boolean {
  return state === "queued" || state === "launching" || state === "waiting";
}
