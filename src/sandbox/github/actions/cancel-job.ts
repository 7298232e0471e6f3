import type { JobAnnotation, JobRecord } from "../state.ts";
import type { World } from "../world.ts";
import { completeJob } from "./job-transitions.ts";

/**
 * Cancels one job. One that nobody was handed yet ends at once and names no runner, in either of the two ways in
 * which GitHub says that: id 0 with an empty name, or null.
 */
export function cancelJob(world: World, job: JobRecord, reasons: readonly JobAnnotation[] = []): void {
  if (job.status === "completed") return;
  job.cancelRequested = true;
  if (job.status === "in_progress" || job.handedOutAtMs !== undefined) {
    job.annotations = [...job.annotations, ...reasons];
    return;
  }
  if (job.id % 2 === 0) Object.assign(job, { runnerId: 0, runnerName: "", runnerGroupId: 0, runnerGroupName: "" });
  completeJob(world, job, "cancelled", reasons);
}
