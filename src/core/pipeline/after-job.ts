import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { change, manyAttempts } from "../model/change.ts";
import type { Job } from "../model/job.ts";
import type { LabelHistory } from "../model/label-history.ts";
import { endByMs } from "../model/lifetime.ts";
import { runKeyOf } from "../model/run.ts";
import type { Runner } from "../model/runner.ts";
import { deathOf } from "../planning/death-of.ts";
import { escalationOf, historyOf, newLabelHistory, recordPastJob } from "../planning/history.ts";
import type { Death } from "../planning/history.ts";
import { historyKeyOf } from "./plan.ts";
import { moveReport } from "./report-request.ts";

/** A machine that used so much of its memory had too little. */
const fullShare = 0.97;

/**
 * A runner that had a job has ended: how that went is remembered for plans to come. A death on Lambda that EC2 would not
 * have died sends jobs with the same labels there, which the check run says.
 */
export async function rememberHistory(core: Core, runner: Runner): Promise<void> {
  const job = runner.jobId === undefined ? undefined : await core.store.jobs.read(String(runner.jobId));
  const { startedAtMs, completedAtMs } = job ?? {};
  if (job === undefined || startedAtMs === undefined || completedAtMs === undefined) return;
  if (job.state !== "completed" && job.state !== "lost") return;
  const died = await causeOfDeath(core, runner, job);
  // A cancelled job says nothing about how long one takes.
  if (died === undefined && job.conclusion !== "success" && job.conclusion !== "failure") return;
  const past = {
    jobId: job.id,
    execution: runner.execution,
    seconds: Math.max(0, Math.round((completedAtMs - startedAtMs) / 1000)),
    atMs: completedAtMs,
    died,
  };
  const key = historyKeyOf(core, job.repository, job);
  const after = await noteJob(core, key, past);
  if (died === undefined || job.plan?.auto !== true) return;
  const escalation = escalationOf(historyOf(after), core.clock.nowMs());
  if (escalation === undefined) return;
  core.log.info("jobs with these labels go to EC2", { job: job.id, died, untilMs: escalation.untilMs });
  await change(core.store.jobs, String(job.id), (record) => ({
    ...record,
    escalated: { died, untilMs: escalation.untilMs },
  }));
  await moveReport(core, runKeyOf(job), core.settings.timings.reportDelaySeconds);
}

async function noteJob(core: Core, key: string, past: LabelHistory["jobs"][number]): Promise<LabelHistory | undefined> {
  const add = async (): Promise<LabelHistory | undefined> =>
    await change(
      core.store.histories,
      key,
      (record) => {
        const next = recordPastJob(record, past);
        return next === record ? undefined : next;
      },
      manyAttempts,
    );
  const changed = await add();
  if (changed !== undefined) return changed;
  const first = { ...recordPastJob(newLabelHistory(key), past), version: 1 };
  return (await core.store.histories.write(first)) ? first : await add();
}

/** Why Lambda was not enough for the job; undefined when it ended for reasons of its own. */
async function causeOfDeath(core: Core, runner: Runner, job: Job): Promise<Death | undefined> {
  if (runner.execution !== "lambda" || job.conclusion === "success" || job.conclusion === "cancelled") return undefined;
  const memoryFull = (runner.peakMemoryMb ?? 0) >= runner.spec.memoryMb * fullShare;
  if (runner.outcome === "deadline") return "time";
  if (job.state === "lost") return timeWasOver(core, runner, job) ? "time" : "memory";
  if (memoryFull) return "memory";
  // Where somebody has said that it runs on Lambda, nothing follows from what its log tells.
  if (job.plan?.auto !== true) return undefined;
  try {
    const log = await core.github.readJobLog(job.repository, job.id);
    return log === undefined ? undefined : deathOf(log);
  } catch (error) {
    if (!isCallError(error)) throw error;
    core.log.warn("log of a failed job could not be read", { job: job.id, detail: error.message });
    return undefined;
  }
}

function timeWasOver(core: Core, runner: Runner, job: Job): boolean {
  return (job.completedAtMs ?? 0) >= endByMs(core, runner) - core.settings.timings.shutdownSeconds * 1000;
}
