import { isEnded } from "../check-run/compose.ts";
import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import type { Job } from "../model/job.ts";
import type { Run } from "../model/run.ts";
import { watchRun } from "./report-request.ts";

/** By then the last events of the run have mostly come, and its report has not been written yet. */
const delaySeconds = 5;

/** An attempt of which GitHub still knows nothing new after so long ends without us. */
const watchSeconds = 86_400;

/** Jobs that a machine of ours took with it. */
export function isLostWithMachine({ state, reason }: Job): boolean {
  return state === "lost" && reason?.code === "MF-MACHINE-LOST";
}

/** The run attempt has ended: if jobs of it were lost, or may turn out to be, their re-run is looked into. */
export async function requestRerun(core: Core, run: Run): Promise<void> {
  if (core.settings.rerunLostJobs !== true || run.rerun !== undefined) return;
  const jobs = await core.store.jobs.list({ index: "run", key: run.key });
  if (!jobs.some((job) => isLostWithMachine(job) || !isEnded(job))) return;
  await core.queue.send([{ message: { kind: "rerun", run: run.key }, group: String(run.repository.id), delaySeconds }]);
}

/**
 * The delivery that tells the end of a run may get lost, and a re-run waits for it: as long as it has not come, GitHub is
 * asked about a run with a lost job from time to time.
 */
export async function watchLostRun(core: Core, run: Run, jobs: readonly Job[]): Promise<void> {
  const { repository, runId, runAttempt } = run;
  if (core.settings.rerunLostJobs !== true || run.completedAtMs !== undefined || run.rerun !== undefined) return;
  const lost = jobs.filter((job) => isLostWithMachine(job));
  const lostAtMs = Math.max(...lost.map(({ completedAtMs }) => completedAtMs ?? 0));
  if (lost.length === 0 || core.clock.nowMs() > lostAtMs + watchSeconds * 1000) return;
  try {
    const facts = await core.github.readRun(repository, runId);
    if (facts === undefined || facts.runAttempt > runAttempt || facts.status === "completed") {
      const message = { kind: "run", repository, runId, runAttempt, path: facts?.path } as const;
      await core.queue.send([{ message, group: String(repository.id) }]);
      return;
    }
  } catch (error) {
    if (!isCallError(error) || error.facts.service !== "github") throw error;
    core.log.warn("run with a lost job could not be read", { run: run.key, detail: error.message });
  }
  await watchRun(core, run.key, core.settings.timings.reportEverySeconds);
}
