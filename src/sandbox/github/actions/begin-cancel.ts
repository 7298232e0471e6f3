import type { RunRecord } from "../state.ts";
import type { World } from "../world.ts";
import { cancelJob } from "./cancel-job.ts";
import { currentJobs } from "./run-status.ts";

/** Cancels the jobs of a run: those that no runner has end at once. The run's next step is the caller's. */
export function beginCancel(world: World, run: RunRecord): void {
  if (run.status === "completed") return;
  run.cancelling = true;
  for (const job of currentJobs(world, run)) cancelJob(world, job);
}
