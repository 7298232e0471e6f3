import type { JobRecord } from "../state.ts";
import type { World } from "../world.ts";
import { completeJob, startJob } from "./job-transitions.ts";

/** Where GitHub's own runners stand in a job's facts. */
const GROUP = { runnerGroupId: 0, runnerGroupName: "GitHub Actions" };

/** Starts and ends a job on GitHub's own runners, as a success and without executing anything; then calls `settle`. */
export function runHosted(world: World, job: JobRecord, settle: () => void): void {
  const halfMs = world.timings.hostedJobMs / 2;
  world.after(halfMs, () => {
    if (job.status !== "queued") return;
    const number = job.id % 1_000;
    Object.assign(job, GROUP, { runnerId: 1_000_000_000 + number, runnerName: `GitHub Actions ${number}` });
    startJob(world, job);
    world.after(halfMs, () => {
      if (job.status === "completed") return;
      completeJob(world, job, job.cancelRequested ? "cancelled" : "success");
      settle();
    });
  });
}
