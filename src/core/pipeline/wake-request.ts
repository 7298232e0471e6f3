import type { Core } from "../core.ts";
import { everything } from "../model/indexes.ts";
import type { Job } from "../model/job.ts";
import { forgetQuotaShortages, roomScope } from "../model/room.ts";
import type { Runner } from "../model/runner.ts";
import { slotScopes } from "../model/slots.ts";

/** How many waiting jobs one pass looks at: more than the machines that can end between two passes. */
const wakeLimit = 50;

/** A runner has ended: the first waiting job of each cap that it counted against is tried again. */
export async function wakeForFreedSlot(core: Core, runner: Runner): Promise<void> {
  const room = roomScope(runner.execution);
  if (runner.candidates.length > 0) await forgetQuotaShortages(core, runner.execution);
  const freed = [...slotScopes(core.settings.caps, runner).map(({ scope }) => scope), room];
  const waiting = await core.store.jobs.list({ index: "waiting", key: everything, limit: wakeLimit });
  const first = freed.flatMap((scope) => waiting.find((job) => job.reason?.scope === scope) ?? []);
  await sendWakes(core, first);
}

/** The schedule's pass: slots may have expired without anybody's end. */
export async function wakeAll(core: Core): Promise<number> {
  const waiting = await core.store.jobs.list({ index: "waiting", key: everything, limit: wakeLimit });
  await sendWakes(core, waiting);
  return waiting.length;
}

async function sendWakes(core: Core, jobs: readonly Job[]): Promise<void> {
  const unique = [...new Map(jobs.map((job) => [job.id, job])).values()];
  if (unique.length === 0) return;
  await core.queue.send(
    unique.map((job) => ({ message: { kind: "wake", jobId: job.id }, group: String(job.repository.id) })),
  );
}
