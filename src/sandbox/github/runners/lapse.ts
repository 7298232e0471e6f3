import { cancelJob } from "../actions/cancel-job.ts";
import { isHeldByMatrix } from "../actions/held-by-matrix.ts";
import { assign } from "../actions/assign.ts";
import { completeJob, requeue } from "../actions/job-transitions.ts";
import { settle } from "../actions/settle.ts";
import type { JobRecord, RunnerRecord } from "../state.ts";
import { runOf, type World } from "../world.ts";
import { removeRunner, tellRunner } from "./registration.ts";

/** Everything that happens because nothing happened for too long. Called now and then. */
export function lapse(world: World): void {
  for (const runner of world.state.runners.values()) lapseRunner(world, runner);
  for (const job of world.state.jobs.values()) lapseJob(world, job);
}

function lapseRunner(world: World, runner: RunnerRecord): void {
  if (runner.jobId !== undefined) return;
  const { idleRunnerRemovalMs, offlineRunnerRemovalMs, silentRunnerMs } = world.timings;
  const silentMs = world.now() - runner.seenAtMs;
  if (runner.status === "offline") {
    if (silentMs >= offlineRunnerRemovalMs) removeRunner(world, runner, "offline for too long");
    return;
  }
  if (world.now() - (runner.onlineSinceMs ?? 0) >= idleRunnerRemovalMs) {
    removeRunner(world, runner, "idle for too long");
    return;
  }
  if (runner.poll === undefined && silentMs >= silentRunnerMs) goOffline(world, runner);
}

function lapseJob(world: World, job: JobRecord): void {
  if (job.hosted) return;
  if (job.handedOutAtMs === undefined) {
    lapseQueued(world, job);
    return;
  }
  if (job.status === "queued" && world.now() - job.handedOutAtMs >= world.timings.pickUpMs) notPickedUp(world, job);
  const renewedAtMs = job.renewedAtMs ?? job.handedOutAtMs;
  if (job.status === "in_progress" && world.now() - renewedAtMs >= world.timings.jobLockMs) lost(world, job);
}

/**
 * A job that nobody has taken for a day: "the job has exceeded the maximum execution time while awaiting a runner".
 * That it is told as cancelled follows runs that were seen to end so; GitHub documents the limit and not the
 * conclusion. What holds a job back in its matrix is no runner, so the time begins after that.
 */
function lapseQueued(world: World, job: JobRecord): void {
  if (job.status !== "queued") return;
  if (isHeldByMatrix(world, job)) job.awaitsRunnerSinceMs = world.now();
  const { queueLimitMs } = world.timings;
  if (world.now() - job.awaitsRunnerSinceMs < queueLimitMs) return;
  const message = `The job has exceeded the maximum execution time while awaiting a runner for ${inWords(queueLimitMs)}`;
  cancelJob(world, job, [{ level: "failure", message }]);
  settle(world, runOf(world, job));
}

/** A span of time as `24h0m0s`. */
function inWords(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 3600)}h${Math.floor(seconds / 60) % 60}m${seconds % 60}s`;
}

/** The runner took the message and was never heard of again: the job goes to another one. */
function notPickedUp(world: World, job: JobRecord): void {
  const runner = world.state.runners.get(job.runnerId ?? 0);
  if (runner !== undefined) {
    runner.jobId = undefined;
    goOffline(world, runner);
  }
  requeue(world, job);
  if (job.cancelRequested) {
    completeJob(world, job, "cancelled");
    settle(world, runOf(world, job));
  } else assign(world);
}

/** GitHub's own words when the lock of a job lapses (actions/runner#1549). */
function lost(world: World, job: JobRecord): void {
  const message =
    `The self-hosted runner: ${job.runnerName ?? ""} lost communication with the server. Verify the machine is ` +
    "running and has a healthy network connection. Anything in your workflow that terminates the runner process, " +
    "starves it for CPU/Memory, or blocks its network access can cause this error.";
  completeJob(world, job, job.cancelRequested ? "cancelled" : "failure", [{ level: "failure", message }]);
  settle(world, runOf(world, job));
}

function goOffline(world: World, runner: RunnerRecord): void {
  runner.status = "offline";
  runner.onlineSinceMs = undefined;
  runner.poll?.("nothing");
  tellRunner(world, runner, "offline", "not heard of for too long");
}
