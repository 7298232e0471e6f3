import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import type { Delivery } from "../ports.ts";
import { intake } from "./intake.ts";

/** GitHub's calls that one sweep may spend: pages of the list, and payloads. */
const mostPages = 5;
const mostPayloads = 50;
const cursorName = "deliveries";

/** How far sweep has read, and the failed deliveries near that time which it has handled. */
type Cursor = { readonly sinceMs: number; readonly handled: readonly string[] };

/** A delivery that was under way during the last sweep may be recorded with a time before it. */
const overlapMs = 60_000;

/**
 * GitHub does not deliver again by itself, so each failed delivery's payload is fetched and goes through the same
 * intake as a webhook. Resolves with how many deliveries were found to have failed.
 */
export async function sweepDeliveries(core: Core): Promise<number> {
  const startedAtMs = core.clock.nowMs();
  const cursor = await readCursor(core);
  const { failed, complete } = await failedSince(core, cursor);
  const fresh = failed.filter((delivery) => !cursor.handled.includes(delivery.id));
  const batch = fresh.slice(-mostPayloads);
  await Promise.all(batch.map((delivery) => enqueue(core, delivery)));
  // What did not fit into this sweep's budget stays after the cursor.
  const allSeen = complete && batch.length === fresh.length;
  const newest = batch.at(0)?.deliveredAtMs ?? cursor.sinceMs;
  const sinceMs = allSeen ? startedAtMs - overlapMs : Math.min(newest, startedAtMs - overlapMs);
  const handled = [...cursor.handled, ...batch.map((delivery) => delivery.id)].slice(-500);
  await core.store.cursors.write(cursorName, JSON.stringify({ sinceMs, handled } satisfies Cursor));
  if (batch.length > 0) core.log.warn("failed deliveries fetched", { deliveries: batch.length });
  return batch.length;
}

async function readCursor(core: Core): Promise<Cursor> {
  const text = await core.store.cursors.read(cursorName);
  if (text === undefined) {
    return { sinceMs: core.clock.nowMs() - core.settings.timings.sweepBackSeconds * 1000, handled: [] };
  }
  return JSON.parse(text) as Cursor;
}

/** Deliveries since the cursor that never succeeded under any attempt, newest first. */
async function failedSince(core: Core, cursor: Cursor): Promise<{ failed: Delivery[]; complete: boolean }> {
  const seen: Delivery[] = [];
  let page: string | undefined;
  let complete = false;
  for (let pages = 0; pages < mostPages && !complete; pages += 1) {
    const { deliveries, next } = await core.github.listDeliveries(page);
    seen.push(...deliveries.filter((delivery) => delivery.deliveredAtMs >= cursor.sinceMs));
    complete = next === undefined || deliveries.some((delivery) => delivery.deliveredAtMs < cursor.sinceMs);
    page = next;
  }
  const succeeded = new Set(seen.filter((delivery) => delivery.ok).map((delivery) => delivery.guid));
  const failed = seen.filter((delivery) => !delivery.ok && !succeeded.has(delivery.guid) && isWanted(delivery));
  return { failed, complete };
}

function isWanted(delivery: Delivery): boolean {
  return delivery.event === "workflow_job" || (delivery.event === "workflow_run" && delivery.action === "completed");
}

async function enqueue(core: Core, delivery: Delivery): Promise<void> {
  const read = await core.github.readDelivery(delivery.id).catch((error: unknown) => {
    // One that GitHub has forgotten must not hold up the others for ever.
    if (!isCallError(error, "not-found", "invalid")) throw error;
    core.log.error("failed delivery cannot be read any more", { delivery: delivery.id, detail: error.message });
  });
  if (read === undefined) return;
  const { event, guid, payload } = read;
  const { entries } = intake({ id: guid, event, payload }, core.settings);
  if (entries.length > 0) await core.queue.send(entries);
}
