import { deploymentJson } from "../json/deployment.ts";
import { jobJson } from "../json/job.ts";
import { removeRunner } from "../runners/registration.ts";
import { groupOf } from "../runners/runner-home.ts";
import type { JobEventAction } from "../event.ts";
import type { JobAnnotation, JobRecord, RunnerRecord } from "../state.ts";
import { fullName, repositoryOf, runOf, type World } from "../world.ts";
import { refreshRunStatus } from "./run-status.ts";

type Action = "queued" | "waiting" | "in_progress" | "completed";

/** Puts a job in front of the world that has ended before it could be queued. */
export function announceEnded(world: World, job: JobRecord): void {
  tellJob(world, job, "completed");
  sendJob(world, job, "completed");
}

/** A job waits for a runner from now on. `isTold`: the App has heard of it as queued already. */
export function queueJob(world: World, job: JobRecord, isTold = false): void {
  job.status = "queued";
  job.awaitsRunnerSinceMs = world.now();
  tellJob(world, job, "queued");
  if (!isTold) sendJob(world, job, "queued");
}

/** A job's concurrency group holds it back. */
export function holdJob(world: World, job: JobRecord): void {
  job.status = "pending";
  tellJob(world, job, "pending");
  if (world.habits.tellsHeldJobs) sendJob(world, job, "queued");
}

/** A job waits for an approval of its environment. */
export function awaitApproval(world: World, job: JobRecord): void {
  job.status = "waiting";
  tellJob(world, job, "waiting");
  if (world.habits.queuedWhileWaiting) sendJob(world, job, "queued");
  sendJob(world, job, "waiting");
}

/** GitHub's assignment: the job belongs to this runner, nobody is told yet. */
export function handOut(world: World, job: JobRecord, runner: RunnerRecord): void {
  runner.jobId = job.id;
  job.runnerId = runner.id;
  job.runnerName = runner.name;
  const { id, name } = groupOf(runner);
  job.runnerGroupId = id;
  job.runnerGroupName = name;
  job.handedOutAtMs = world.now();
  tellJob(world, job, "handed-out");
}

/** The runner did not pick it up: another one may. */
export function requeue(world: World, job: JobRecord): void {
  job.runnerId = null;
  job.runnerName = null;
  job.runnerGroupId = null;
  job.runnerGroupName = null;
  job.handedOutAtMs = undefined;
  tellJob(world, job, "requeued");
}

/** The runner has begun. */
export function startJob(world: World, job: JobRecord): void {
  const run = runOf(world, job);
  job.status = "in_progress";
  job.startedAtMs = world.now();
  job.renewedAtMs = world.now();
  run.begun = true;
  refreshRunStatus(world, run);
  run.updatedAtMs = world.now();
  tellJob(world, job, "in_progress");
  sendJob(world, job, "in_progress");
}

/** Ends a job; its ephemeral runner's registration goes with it. The run's next step is the caller's. */
export function completeJob(
  world: World,
  job: JobRecord,
  conclusion: NonNullable<JobRecord["conclusion"]>,
  annotations: readonly JobAnnotation[] = [],
): void {
  if (job.status !== "in_progress") job.startedAtMs = world.now();
  job.status = "completed";
  job.conclusion = conclusion;
  job.completedAtMs = world.now();
  job.annotations = [...job.annotations, ...annotations];
  tellJob(world, job, "completed");
  sendJob(world, job, "completed");
  const runner = job.runnerId === null ? undefined : world.state.runners.get(job.runnerId);
  if (runner !== undefined && runner.jobId === job.id) removeRunner(world, runner, "its job ended");
}

function sendJob(world: World, job: JobRecord, action: Action): void {
  const { deployment } = job;
  const shown = jobJson(world, job);
  const body = {
    // webhooks know no `pending`
    workflow_job: job.status === "pending" ? { ...shown, status: "queued" } : shown,
    ...(deployment === undefined ? {} : { deployment: deploymentJson(world, job, deployment) }),
  };
  const actor = runOf(world, job).triggeringActor;
  world.send({ event: "workflow_job", action, repository: repositoryOf(world, job), actor, body });
}

function tellJob(world: World, job: JobRecord, action: JobEventAction): void {
  const { runId, name, labels, hosted, runnerName, conclusion } = job;
  const repository = fullName(repositoryOf(world, job));
  world.tell({ type: "job", action, repository, runId, jobId: job.id, name, labels, hosted, runnerName, conclusion });
}
