import { completeJob, startJob } from "../actions/job-transitions.ts";
import { assign } from "../actions/assign.ts";
import { settle } from "../actions/settle.ts";
import type { JobAnnotation, JobRecord, RunnerRecord, StepRecord } from "../state.ts";
import { runOf, type World } from "../world.ts";
import { jobMessage, type JobMessage } from "./job-message.ts";
import { tellRunner } from "./registration.ts";

/** Connects a machine as the runner. False: another machine is. */
export function openSession(world: World, runner: RunnerRecord): boolean {
  if (runner.status === "online") return false;
  runner.status = "online";
  runner.os = "Linux";
  runner.onlineSinceMs = world.now();
  runner.seenAtMs = world.now();
  tellRunner(world, runner, "online", "");
  return true;
}

/**
 * Waits for a message, at most `waitMs`. `nothing` is also what an older poll of the same runner gets when a newer one
 * comes. A job that was handed out and not started is handed out again: its message may have been lost.
 */
export function poll(
  world: World,
  runner: RunnerRecord,
  waitMs: number,
  answer: (message: JobMessage | "gone" | "nothing") => void,
): { abandon: () => void } {
  runner.poll?.("nothing");
  runner.seenAtMs = world.now();
  const finish = (result: "message" | "gone" | "nothing"): void => {
    if (runner.poll !== finish) return;
    runner.poll = undefined;
    runner.seenAtMs = world.now();
    const job = handedOut(world, runner);
    if (result !== "message") answer(result);
    else if (job !== undefined) answer(jobMessage(world, job));
  };
  runner.poll = finish;
  world.after(waitMs, () => finish("nothing"));
  if (handedOut(world, runner) !== undefined) finish("message");
  else assign(world);
  return {
    abandon() {
      if (runner.poll === finish) runner.poll = undefined;
    },
  };
}

/** The job that this runner was handed, as far as it may still speak of it. */
export function jobOfRunner(world: World, runner: RunnerRecord, jobId: number): JobRecord | undefined {
  const job = world.state.jobs.get(jobId);
  return job !== undefined && runner.jobId === jobId && job.runnerId === runner.id ? job : undefined;
}

/** The runner begins its job. Beginning twice is no error. */
export function begin(world: World, runner: RunnerRecord, job: JobRecord): void {
  runner.seenAtMs = world.now();
  if (job.status === "queued") startJob(world, job);
}

/** Takes the steps as they stand and renews the job's lock. True: the job is to be cancelled. */
export function renew(world: World, runner: RunnerRecord, job: JobRecord, steps: readonly StepRecord[]): boolean {
  runner.seenAtMs = world.now();
  job.renewedAtMs = world.now();
  job.steps = steps;
  return job.cancelRequested;
}

/** The runner ends its job, and with it its own registration. */
export function endJob(
  world: World,
  job: JobRecord,
  conclusion: "success" | "failure" | "cancelled",
  outputs: Readonly<Record<string, string>>,
  annotations: readonly JobAnnotation[],
): void {
  if (job.status === "queued") startJob(world, job);
  job.outputs = outputs;
  job.keepsLog = true;
  completeJob(world, job, conclusion, annotations);
  settle(world, runOf(world, job));
}

function handedOut(world: World, runner: RunnerRecord): JobRecord | undefined {
  const job = runner.jobId === undefined ? undefined : world.state.jobs.get(runner.jobId);
  return job?.status === "queued" ? job : undefined;
}
