import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { change } from "../model/change.ts";
import { endByMs } from "../model/lifetime.ts";
import type { Job } from "../model/job.ts";
import { jobMay } from "../model/transitions.ts";
import { whyTaken } from "../model/runner.ts";
import type { Runner } from "../model/runner.ts";
import { onCompleted } from "./observe.ts";
import { requestReport } from "./report-request.ts";

/**
 * The runner's host says that it has ended, or its machine's time is over, and no `completed` has come: GitHub is
 * asked what became of the job. Completed: recorded. Still in progress: once the machine cannot be alive any more,
 * the job is lost. GitHub will notice by itself only when its lock lapses, 10 minutes after the last sign of life.
 */
export async function verifyJob(core: Core, runner: Runner, jobId: number): Promise<"ended" | "alive"> {
  const nowMs = core.clock.nowMs();
  // An organisation's runner may have a job of another repository.
  const { repository } = (await core.store.jobs.read(String(jobId))) ?? runner;
  try {
    const facts = await core.github.readJob(repository, jobId);
    if (facts?.status === "completed") {
      await onCompleted(core, { repository, job: facts });
      return "ended";
    }
  } catch (error) {
    if (!isCallError(error)) throw error;
    core.log.warn("job could not be read", { job: jobId, detail: error.message });
    return "alive";
  }
  if (!isDead(core, runner, nowMs)) return "alive";
  const cause = whyTaken(runner) ?? runner.cause ?? runner.outcome ?? "the machine's time was over";
  const job = await change(core.store.jobs, String(jobId), (record): Job | undefined =>
    jobMay(record.state, "lost")
      ? {
          ...record,
          state: "lost",
          completedAtMs: nowMs,
          reason: { code: "MF-MACHINE-LOST", detail: `${runner.name}: ${cause}`, sinceMs: nowMs },
        }
      : undefined,
  );
  if (job?.state !== "lost") return "alive";
  core.log.error("job lost", { job: jobId, runner: runner.name, cause });
  await requestReport(core, job);
  return "ended";
}

/**
 * GitHub may need a moment after the host's end to show the job as completed; a machine that ended without its host's
 * having said so took the job with it, and the machine's lifetime is a hard end.
 */
function isDead(core: Core, runner: Runner, nowMs: number): boolean {
  const { verifyAfterSeconds } = core.settings.timings;
  const hostGone = runner.hostEndedAtMs !== undefined && nowMs > runner.hostEndedAtMs + 4 * verifyAfterSeconds * 1000;
  const died = runner.machineEnded !== undefined && runner.hostEndedAtMs === undefined;
  return hostGone || died || nowMs > endByMs(core, runner);
}
