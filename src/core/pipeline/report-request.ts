import type { Core } from "../core.ts";
import { change } from "../model/change.ts";
import type { Job } from "../model/job.ts";
import { newRun } from "../model/new-run.ts";
import { runKeyOf } from "../model/run.ts";
import type { Run } from "../model/run.ts";

/** Makes sure that the job's workflow run attempt has a record, so that reporting can find it. */
export async function ensureRun(core: Core, job: Job): Promise<void> {
  const key = runKeyOf(job);
  if ((await core.store.runs.read(key)) !== undefined) return;
  await core.store.runs.write(newRun(job));
}

/** Something happened that the run's check run should say soon: a refused or lost job, a long wait. */
export async function requestReport(core: Core, job: Job): Promise<void> {
  await ensureRun(core, job);
  await moveReport(core, runKeyOf(job), 0);
}

/**
 * Looks at the run's check run after `afterSeconds`, by a delayed message; the record's due time is the schedule's
 * safety net for a message that gets lost.
 */
export async function moveReport(core: Core, key: string, afterSeconds: number): Promise<void> {
  const run = await watchRun(core, key, afterSeconds + core.settings.timings.reportFallbackSeconds);
  if (run === undefined || run.silenced !== undefined) return;
  const group = String(run.repository.id);
  await core.queue.send([{ message: { kind: "report", run: key }, group, delaySeconds: afterSeconds }]);
}

/** Lets the schedule look at the run's check run after `afterSeconds`, unless it does so earlier anyway; resolves with its record. */
export async function watchRun(core: Core, key: string, afterSeconds: number): Promise<Run | undefined> {
  const dueAtMs = core.clock.nowMs() + afterSeconds * 1000;
  return await change(core.store.runs, key, (record) =>
    record.silenced !== undefined || (record.dueAtMs !== undefined && record.dueAtMs <= dueAtMs)
      ? undefined
      : { ...record, dueAtMs },
  );
}
