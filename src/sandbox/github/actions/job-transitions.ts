import { jobJson } from "../json/job.ts";
import { removeRunner } from "../runners/registration.ts";
import type { JobAnnotation, JobRecord, RunnerRecord } from "../state.ts";
import { fullName, repositoryOf, runOf, type World } from "../world.ts";

type Action = "queued" | "in_progress" | "completed";

/** Puts a new job in front of the world: queued, or completed at once. */
export function announceJob(world: World, job: JobRecord): void {
  world.state.jobs.set(job.id, job);
  const action = job.status === "completed" ? "completed" : "queued";
  tellJob(world, job, action);
  sendJob(world, job, action);
}

/** GitHub's assignment: the job belongs to this runner, nobody is told yet. */
export function handOut(world: World, job: JobRecord, runner: RunnerRecord): void {
  runner.jobId = job.id;
  job.runnerId = runner.id;
  job.runnerName = runner.name;
  job.runnerGroupId = 1;
  job.runnerGroupName = "Default";
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
  if (run.status === "queued") run.status = "in_progress";
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
  if (job.status === "queued") job.startedAtMs = world.now();
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
  const body = { workflow_job: jobJson(world, job) };
  world.send({
    event: "workflow_job",
    action,
    repository: repositoryOf(world, job),
    actor: runOf(world, job).actor,
    body,
  });
}

function tellJob(world: World, job: JobRecord, action: Action | "handed-out" | "requeued"): void {
  const { runId, name, labels, hosted, runnerName, conclusion } = job;
  const repository = fullName(repositoryOf(world, job));
  world.tell({ type: "job", action, repository, runId, jobId: job.id, name, labels, hosted, runnerName, conclusion });
}
