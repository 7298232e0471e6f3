import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { intake } from "./intake.ts";
import { listFailed } from "./sweep-listing.ts";
import { mostTries, readProgress, writeProgress } from "./sweep-progress.ts";
import type { Pending } from "./sweep-progress.ts";

/** Payloads that one pass fetches, a call each, and how many of them at a time. */
const mostPayloads = 50;
const payloadsAtOnce = 10;

/**
 * GitHub does not deliver again by itself, so each failed delivery's payload is fetched and goes through the same
 * intake as a webhook. What does not fit into this pass, or cannot be read just now, is remembered for the next ones.
 * Resolves with how many payloads were fetched.
 */
export async function sweepDeliveries(core: Core): Promise<number> {
  const progress = await listFailed(core, await readProgress(core));
  const { fetched, failed, read } = await fetchPayloads(core, progress.pending);
  // When nothing can be read it is GitHub that fails, not the delivery.
  const tried = failed.map((one) => ({ ...one, tries: one.tries + (fetched > 0 ? 1 : 0) }));
  for (const { id, tries } of tried)
    if (tries >= mostTries) core.log.error("failed delivery given up", { delivery: id });
  // What failed goes to the end, so that it holds up nothing else.
  const pending = [...progress.pending.slice(read), ...tried.filter(({ tries }) => tries < mostTries)];
  await writeProgress(core, { ...progress, pending });
  if (fetched > 0) {
    core.metrics.record("FailedDeliveries", fetched, {});
    core.log.warn("failed deliveries fetched", { deliveries: fetched });
  }
  return fetched;
}

/** Takes from the front of the pending ones what a pass may fetch, and stops early where GitHub gives none. */
async function fetchPayloads(
  core: Core,
  pending: readonly Pending[],
): Promise<{ readonly fetched: number; readonly failed: Pending[]; readonly read: number }> {
  const failed: Pending[] = [];
  let fetched = 0;
  let read = 0;
  while (read < Math.min(pending.length, mostPayloads)) {
    const group = pending.slice(read, read + payloadsAtOnce);
    const results = await Promise.all(group.map(async (one) => await enqueue(core, one)));
    read += group.length;
    fetched += results.filter((result) => result === "fetched").length;
    failed.push(...group.filter((_, index) => results[index] === "failed"));
    if (results.every((result) => result === "failed")) break;
  }
  return { fetched, failed, read };
}

/** Fetches the payload and does with it what the webhook would have done. Rejects only when our own queue does. */
async function enqueue(core: Core, { id }: Pending): Promise<"fetched" | "gone" | "failed"> {
  let read: Awaited<ReturnType<typeof core.github.readDelivery>>;
  try {
    read = await core.github.readDelivery(id);
  } catch (error) {
    if (!isCallError(error)) throw error;
    const isGone = isCallError(error, "not-found", "invalid");
    const facts = { delivery: id, detail: error.message };
    if (isGone) core.log.error("failed delivery cannot be read any more", facts);
    else core.log.warn("failed delivery cannot be read now", facts);
    return isGone ? "gone" : "failed";
  }
  const { event, guid, payload } = read;
  const { entries } = intake({ id: guid, event, payload }, core.settings);
  if (entries.length > 0) await core.queue.send(entries);
  return "fetched";
}
