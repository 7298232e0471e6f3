import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import type { Delivery } from "../ports.ts";
import { mostTries } from "./sweep-progress.ts";
import type { Progress, Walk } from "./sweep-progress.ts";

/** Pages of the list that one pass reads, of at most 100 deliveries each: a call each. */
const mostPages = 5;

/** With so many payloads to fetch the list can wait; it also keeps the progress small enough for any store. */
const mostPending = 2000;

/** A delivery that was under way during the last walk may be recorded with a time before it. */
const overlapMs = 60_000;

/**
 * Lists deliveries from the newest back to where the last walk began and adds those that failed to the pending ones.
 * A walk that takes more pages than a pass may read goes on in the next pass, so that no number of deliveries hides
 * the older ones.
 */
export async function listFailed(core: Core, progress: Progress): Promise<Progress> {
  if (progress.pending.length >= mostPending) return progress;
  const walk = progress.walk ?? { startedAtMs: core.clock.nowMs(), page: undefined, tries: 0 };
  const { seen, rest, isOver } = await walkOn(core, walk, progress.sinceMs);
  const succeeded = new Set(seen.filter(({ ok }) => ok).map(({ guid }) => guid));
  const known = new Set(progress.known.map(({ id }) => id));
  const failed = seen.filter((one) => !one.ok && !succeeded.has(one.guid) && isWanted(one) && !known.has(one.id));
  // Attempts of one delivery have one payload.
  const fresh = [...new Map(failed.map((one) => [one.guid, one])).values()];
  return {
    sinceMs: isOver ? walk.startedAtMs - overlapMs : progress.sinceMs,
    walk: rest,
    pending: [...progress.pending, ...fresh.map(({ id }) => ({ id, tries: 0 }))],
    known: [...progress.known, ...failed.map(({ id, deliveredAtMs }) => ({ id, atMs: deliveredAtMs }))],
  };
}

/** Without a rest, and not over, the walk begins anew. */
type Walked = { readonly seen: readonly Delivery[]; readonly rest: Walk | undefined; readonly isOver: boolean };

/** Reads as many pages as a pass may; resolves with what stands on them and with the walk's rest. */
async function walkOn(core: Core, walk: Walk, sinceMs: number): Promise<Walked> {
  const seen: Delivery[] = [];
  let { page } = walk;
  for (let pages = 0; pages < mostPages; pages += 1) {
    let list: Awaited<ReturnType<typeof core.github.listDeliveries>>;
    try {
      list = await core.github.listDeliveries(page);
    } catch (error) {
      if (!isCallError(error)) throw error;
      core.log.warn("deliveries cannot be listed now", { page, detail: error.message });
      const tries = page === walk.page ? walk.tries + 1 : 1;
      // A page that GitHub does not know any more, or never gives, must not hide what is new.
      const isLost = tries >= mostTries || isCallError(error, "not-found", "invalid");
      return { seen, rest: isLost ? undefined : { ...walk, page, tries }, isOver: false };
    }
    seen.push(...list.deliveries.filter(({ deliveredAtMs }) => deliveredAtMs >= sinceMs));
    page = list.next;
    const isOver = page === undefined || list.deliveries.some(({ deliveredAtMs }) => deliveredAtMs < sinceMs);
    if (isOver) return { seen, rest: undefined, isOver };
  }
  return { seen, rest: { ...walk, page, tries: 0 }, isOver: false };
}

function isWanted(delivery: Delivery): boolean {
  return delivery.event === "workflow_job" || (delivery.event === "workflow_run" && delivery.action === "completed");
}
