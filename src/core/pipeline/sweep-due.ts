import type { Core } from "../core.ts";
import { change } from "../model/change.ts";
import { everything, sortTime } from "../model/indexes.ts";
import { neverMs, nextLookMs } from "../model/served-repository.ts";
import type { ServedRepository } from "../model/served-repository.ts";
import type { QueueEntry } from "../ports.ts";
import { sweepSettings } from "../settings.ts";
import { leastCalls } from "./sweep-budget.ts";

/** Most due repositories that one pass reads; the order of all is kept only where no more are due. */
const passLimit = 5000;
const cursorName = "sweep-budget";

/** Calls that each installation has left, where that is less than a minute's; below 0: spent ahead of its time. */
type Budget = { readonly atMs: number; readonly left: Readonly<Record<string, number>> };

/**
 * The runs of due repositories are to be looked at, the longest due first, as far as each installation's budget of calls
 * goes. The others stay due and come first in the next pass. Resolves with how many are looked at.
 */
export async function sendDueSweeps(core: Core): Promise<number> {
  const nowMs = core.clock.nowMs();
  const due = await core.store.repositories.list({
    index: "sweep",
    key: everything,
    upTo: sortTime(nowMs),
    limit: passLimit,
  });
  if (due.length === 0) return 0;
  const { callsPerMinute } = sweepSettings(core.settings);
  const left = await readLeft(core, callsPerMinute);
  const turnMs = (calls: number): number => nowMs + Math.ceil((Math.max(0, -calls) / callsPerMinute) * 60_000);
  const chosen: ServedRepository[] = [];
  const beyond: { repository: ServedRepository; turnAtMs: number }[] = [];
  for (const repository of due.toSorted(byTurn)) {
    const before = left.get(payerOf(repository)) ?? callsPerMinute;
    if (before > 0) chosen.push(repository);
    else beyond.push({ repository, turnAtMs: turnMs(before) });
    left.set(payerOf(repository), before - estimate(repository));
  }
  // A full pass hides whoever is due after it, perhaps of another installation. So each that it cannot serve is given
  // its turn, and those that it serves have theirs after them.
  const isFull = due.length === passLimit;
  if (isFull) await Promise.all(beyond.map(({ repository, turnAtMs }) => move(core, repository, turnAtMs)));
  const entries = await Promise.all(
    chosen.map(async (repository) => {
      const notBeforeMs = isFull ? turnMs(left.get(payerOf(repository)) ?? 0) : nowMs;
      return await take(core, repository, { nowMs, notBeforeMs });
    }),
  );
  for (const { repository } of beyond) {
    left.set(payerOf(repository), (left.get(payerOf(repository)) ?? 0) + estimate(repository));
  }
  await writeLeft(core, left, callsPerMinute);
  const sent = entries.filter((entry) => entry !== undefined);
  if (sent.length > 0) await core.queue.send(sent);
  return sent.length;
}

function payerOf({ repository }: ServedRepository): string {
  return String(repository.installationId);
}

/** Longest due first; among equals the one with the youngest job, which is most likely to have another. */
function byTurn(one: ServedRepository, other: ServedRepository): number {
  return one.dueAtMs - other.dueAtMs || other.activeAtMs - one.activeAtMs;
}

/** The calls of its last look are paid for with the next one, so that in the long run the budget is kept. */
function estimate({ calls }: ServedRepository): number {
  return Math.max(leastCalls, calls);
}

/** Moves the repository's due time first, so that no other pass sends it too. Undefined when nobody looks any more. */
async function take(
  core: Core,
  { key }: ServedRepository,
  { nowMs, notBeforeMs }: { readonly nowMs: number; readonly notBeforeMs: number },
): Promise<QueueEntry | undefined> {
  const { installations } = core.settings;
  const sweep = sweepSettings(core.settings);
  let taken = false;
  const after = await change(core.store.repositories, key, (record) => {
    taken = record.dueAtMs <= nowMs;
    if (!taken) return undefined;
    const isServed = installations === undefined || installations.includes(record.repository.installationId);
    return { ...record, dueAtMs: isServed ? Math.max(notBeforeMs, nextLookMs(sweep, record, nowMs)) : neverMs };
  });
  if (!taken || after === undefined || after.dueAtMs === neverMs) return undefined;
  return { message: { kind: "sweep", repository: after.repository }, group: String(after.repository.id) };
}

async function move(core: Core, { key, dueAtMs }: ServedRepository, turnAtMs: number): Promise<void> {
  await change(core.store.repositories, key, (record) =>
    record.dueAtMs === dueAtMs ? { ...record, dueAtMs: turnAtMs } : undefined,
  );
}

async function readLeft(core: Core, callsPerMinute: number): Promise<Map<string, number>> {
  const text = await core.store.cursors.read(cursorName);
  if (text === undefined) return new Map();
  const { atMs, left } = JSON.parse(text) as Budget;
  const earned = ((core.clock.nowMs() - atMs) / 60_000) * callsPerMinute;
  return new Map(Object.entries(left).map(([key, calls]) => [key, Math.min(callsPerMinute, calls + earned)]));
}

async function writeLeft(core: Core, left: ReadonlyMap<string, number>, callsPerMinute: number): Promise<void> {
  const kept = Object.fromEntries([...left].filter(([, calls]) => calls < callsPerMinute));
  await core.store.cursors.write(cursorName, JSON.stringify({ atMs: core.clock.nowMs(), left: kept } satisfies Budget));
}
