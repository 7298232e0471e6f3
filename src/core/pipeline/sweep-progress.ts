import type { Core } from "../core.ts";

/** A failed delivery whose payload is to be fetched. */
export type Pending = { readonly id: string; readonly tries: number };

/** What cannot be read so often is left: one broken delivery, or page, must not hold up the others for ever. */
export const mostTries = 10;

/** Taking up one twice is harmless, so the newest will do; a record holds no more than some hundred kilobytes. */
const mostKnown = 2000;

/** How far the sweep of deliveries has come; kept in the store as a text. */
export type Progress = {
  /** Everything older has been listed. */
  readonly sinceMs: number;
  /** A walk from the newest delivery back to `sinceMs` that did not come to its end in one pass. */
  readonly walk: Walk | undefined;
  /** In the order in which they were found. */
  readonly pending: readonly Pending[];
  /** Deliveries after `sinceMs` that have been taken up, so that they are not taken up again. */
  readonly known: readonly { readonly id: string; readonly atMs: number }[];
};

export type Walk = {
  readonly startedAtMs: number;
  /** Where the list goes on; undefined: at its beginning. */
  readonly page: string | undefined;
  readonly tries: number;
};

const cursorName = "deliveries";

/** What was written last; the first sweep of all looks back for `sweepBackSeconds`. */
export async function readProgress(core: Core): Promise<Progress> {
  const text = await core.store.cursors.read(cursorName);
  const sinceMs = core.clock.nowMs() - core.settings.timings.sweepBackSeconds * 1000;
  const first = { sinceMs, walk: undefined, pending: [], known: [] };
  return text === undefined ? first : { ...first, ...(JSON.parse(text) as Progress) };
}

export async function writeProgress(core: Core, progress: Progress): Promise<void> {
  const near = progress.known.filter(({ atMs }) => atMs >= progress.sinceMs);
  const known = near.toSorted((one, other) => one.atMs - other.atMs).slice(-mostKnown);
  await core.store.cursors.write(cursorName, JSON.stringify({ ...progress, known } satisfies Progress));
}
