import type { RunRecord } from "../state.ts";
import type { World } from "../world.ts";
import { cancelJob } from "./cancel-job.ts";
import { settle } from "./settle.ts";

/** Cancels a run: queued jobs end at once, running ones when their runner has heard of it. */
export function cancelRun(world: World, run: RunRecord): void {
  if (run.status === "completed") return;
  run.cancelling = true;
  for (const job of world.state.jobs.values()) if (job.runId === run.id) cancelJob(world, job);
  settle(world, run);
}
