import type { Core } from "../core.ts";
import { change } from "../model/change.ts";
import type { Job } from "../model/job.ts";
import { newRun } from "../model/new-run.ts";
import { runKeyOf } from "../model/run.ts";
import type { Run } from "../model/run.ts";

const heardEveryMs = 2000;
/** Lists of the store show what was written so long before. */
const lagMs = 3000;

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

/**
 * Something was heard of the run: lets the schedule look at its check run after `afterSeconds`, unless it does so
 * earlier anyway; resolves with its record.
 */
export async function watchRun(core: Core, key: string, afterSeconds: number): Promise<Run | undefined> {
  const nowMs = core.clock.nowMs();
  const dueAtMs = nowMs + afterSeconds * 1000;
  return await change(core.store.runs, key, (record) => {
    if (record.silenced !== undefined) return undefined;
    const isDueBefore = record.dueAtMs !== undefined && record.dueAtMs <= dueAtMs;
    // The jobs of a big run end together: one of them speaks for all.
    const isNoted = nowMs < (record.heardAtMs ?? 0) + heardEveryMs;
    if (isDueBefore && isNoted) return undefined;
    return { ...record, heardAtMs: nowMs, dueAtMs: isDueBefore ? record.dueAtMs : dueAtMs };
  });
}

/**
 * The run needs no look until something is heard of it again. Just after that its jobs may not be read as they are
 * (lists lag behind), so the look that is due then stays.
 */
export async function unwatchRun(core: Core, key: string): Promise<void> {
  const nowMs = core.clock.nowMs();
  await change(core.store.runs, key, (record) =>
    record.dueAtMs === undefined || nowMs < (record.heardAtMs ?? 0) + heardEveryMs + lagMs
      ? undefined
      : { ...record, dueAtMs: undefined },
  );
}
