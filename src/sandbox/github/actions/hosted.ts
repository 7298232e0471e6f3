import type { JobRecord } from "../state.ts";
import type { World } from "../world.ts";
import { isHeldByMatrix } from "./held-by-matrix.ts";
import { completeJob, startJob } from "./job-transitions.ts";

/** Where GitHub's own runners stand in a job's facts. */
const GROUP = { runnerGroupId: 0, runnerGroupName: "GitHub Actions" };

/** Puts the jobs whose turn has come on GitHub's own runners; `ended` is called after the end of each. */
export function startHosted(world: World, ended: (job: JobRecord) => void): void {
  for (const job of world.state.jobs.values()) {
    if (!job.hosted || job.onHosted || job.status !== "queued" || isHeldByMatrix(world, job)) continue;
    job.onHosted = true;
    runHosted(world, job, () => ended(job));
  }
}

/** Starts and ends a job on GitHub's own runners, as a success and without executing anything. */
function runHosted(world: World, job: JobRecord, ended: () => void): void {
  const halfMs = world.timings.hostedJobMs / 2;
  world.after(halfMs, () => {
    if (job.status !== "queued") return;
    const number = job.id % 1_000;
    Object.assign(job, GROUP, { runnerId: 1_000_000_000 + number, runnerName: `GitHub Actions ${number}` });
    startJob(world, job);
    world.after(halfMs, () => {
      if (job.status === "completed") return;
      completeJob(world, job, job.cancelRequested ? "cancelled" : "success");
      ended();
    });
  });
}
