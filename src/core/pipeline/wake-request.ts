import type { Core } from "../core.ts";
import { change } from "../model/change.ts";
import { everything } from "../model/indexes.ts";
import type { Job } from "../model/job.ts";
import { forgetQuotaShortages, roomScope } from "../model/room.ts";
import type { Runner } from "../model/runner.ts";
import { firstInLine } from "./line.ts";

/** How many waiting jobs one pass of the schedule looks at. */
const mostWaiting = 1000;

/** A runner has ended: the first waiting job of each cap that it counted against is tried again. */
export async function wakeForFreedSlot(core: Core, runner: Runner): Promise<void> {
  if (runner.candidates.length > 0) await forgetQuotaShortages(core, runner);
  await wakeFirst(core, [...runner.slots, roomScope(runner)]);
}

/** The first waiting job of each scope is tried again; each that gets its machine wakes the one behind it. */
export async function wakeFirst(core: Core, scopes: readonly string[]): Promise<void> {
  const first = await Promise.all(scopes.map(async (scope) => await firstInLine(core, scope)));
  await sendWakes(
    core,
    first.filter((job) => job !== undefined),
  );
}

/**
 * The schedule's pass: slots may have expired without anybody's end. Places in the lines are brought up to date.
 * Resolves with the number of waiting jobs.
 */
export async function wakeAll(core: Core): Promise<number> {
  const waiting = await core.store.jobs.list({ index: "waiting", key: everything, limit: mostWaiting });
  const lines = Map.groupBy(waiting, (job) => job.reason?.scope ?? "");
  await Promise.all(
    [...lines].flatMap(([scope, jobs]) => jobs.map((job, index) => place(core, job, scope, index + 1))),
  );
  await sendWakes(
    core,
    [...lines.values()].flatMap(([job]) => job ?? []),
  );
  return waiting.length;
}

async function place(core: Core, job: Job, scope: string, position: number): Promise<void> {
  if (job.reason?.position === position) return;
  await change(core.store.jobs, String(job.id), (record) =>
    record.state === "waiting" && record.reason?.scope === scope
      ? { ...record, reason: { ...record.reason, position } }
      : undefined,
  );
}

async function sendWakes(core: Core, jobs: readonly Job[]): Promise<void> {
  const unique = [...new Map(jobs.map((job) => [job.id, job])).values()];
  if (unique.length === 0) return;
  await core.queue.send(
    unique.map((job) => ({ message: { kind: "wake", jobId: job.id }, group: String(job.repository.id) })),
  );
}
