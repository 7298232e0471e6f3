import type { Core } from "../core.ts";
import type { Job } from "../model/job.ts";
import { claimByMs } from "../model/lifetime.ts";
import type { Runner } from "../model/runner.ts";

/** Jobs of a pool that want a runner and the runners that could take one. */
export async function demandAndSupply(
  core: Core,
  pool: string,
): Promise<{ demand: Job[]; held: Job[]; supply: Runner[] }> {
  const [jobs, runners] = await Promise.all([
    core.store.jobs.list({ index: "pool", key: pool }),
    core.store.runners.list({ index: "pool", key: pool }),
  ]);
  // A job whose own first launch may be under way counts on neither side.
  const youngMs = core.clock.nowMs() - core.settings.timings.staleAfterSeconds * 1000;
  const underWay = new Set(
    jobs
      .filter((job) => job.launches === 0 && job.state === "queued" && job.recordedAtMs > youngMs)
      .map((job) => job.id),
  );
  return {
    demand: jobs.filter((job) => !underWay.has(job.id) && !isHeld(job)),
    held: jobs.filter((job) => isHeld(job)),
    supply: runners.filter((runner) => !underWay.has(runner.namedForJobId) && mayStillCome(core, runner)),
  };
}

/** A machine that has ended, or that is too late to claim, takes no job, though its record may still be open. */
function mayStillCome(core: Core, runner: Runner): boolean {
  if (runner.machineEnded !== undefined || runner.endingSinceMs !== undefined) return false;
  return runner.claimId !== undefined || core.clock.nowMs() <= claimByMs(core, runner);
}

/** GitHub holds the job (an approval): it wants no runner for now. */
export function isHeld(job: Job): boolean {
  return job.state === "waiting" && job.reason?.code === "MF-HELD-BY-GITHUB";
}
