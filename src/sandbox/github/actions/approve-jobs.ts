import type { JobRecord, RunRecord } from "../state.ts";
import type { World } from "../world.ts";
import { completeJob, queueJob } from "./job-transitions.ts";
import { currentJobs } from "./run-status.ts";
import { settle } from "./settle.ts";

/** Jobs of the run that wait for an approval. */
export function jobsForApproval(world: World, run: RunRecord): JobRecord[] {
  return currentJobs(world, run).filter(({ status }) => status === "waiting");
}

/** Lets waiting jobs of a run go on: each is told as queued, once more if it was before. */
export function approveJobs(world: World, run: RunRecord, jobs: readonly JobRecord[]): void {
  for (const job of jobs) {
    run.approvedJobs.add(job.name);
    queueJob(world, job);
  }
  settle(world, run);
}

/** Fails waiting jobs of a run without a runner. */
export function rejectJobs(world: World, run: RunRecord, jobs: readonly JobRecord[], comment: string): void {
  for (const job of jobs) completeJob(world, job, "failure", [{ level: "failure", message: `Rejected: ${comment}` }]);
  settle(world, run);
}
