import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../src/core/ports.ts";

export type SkippingClock = Clock & {
  /** Resolves when the clock has gone on by `ms`; at once for 0. */
  sleep(ms: number): Promise<void>;
  /** Lets time pass until `work` has settled; whoever waits meanwhile must wait by `sleep`. */
  runUntil<T>(work: Promise<T>): Promise<T>;
};

type Sleeper = { readonly atMs: number; readonly wake: () => void };

/**
 * A clock that shows what a stopwatch would show, without the waiting: computing takes the time it takes on this
 * machine, and whenever nothing is left to compute, the clock skips to the end of the shortest wait.
 */
export function skippingClock(startMs: number): SkippingClock {
  const began = performance.now();
  const sleepers: Sleeper[] = [];
  let skippedMs = 0;
  const exactMs = (): number => startMs + skippedMs + (performance.now() - began);
  return {
    nowMs: () => Math.floor(exactMs()),
    sleep: async (ms) => {
      if (ms <= 0) return;
      await new Promise<void>((wake) => insert(sleepers, { atMs: exactMs() + ms, wake }));
    },
    async runUntil(work) {
      let settled = false;
      const watched = work.finally(() => {
        settled = true;
      });
      // A failure is reported where it is awaited below, not in between.
      watched.catch(() => undefined);
      for (;;) {
        // After a turn every promise chain has come to its end or to a sleep: nothing here does real I/O.
        await nextTurn();
        if (settled) return await watched;
        const next = sleepers[0];
        if (next === undefined) throw new Error("nothing is going on and nobody waits for a time");
        skippedMs += Math.max(0, next.atMs - exactMs());
        const due = sleepers.findIndex(({ atMs }) => atMs > exactMs());
        for (const { wake } of sleepers.splice(0, due === -1 ? sleepers.length : Math.max(1, due))) wake();
      }
    },
  };
}

/** Keeps the list in order of time, equals in order of arrival. */
function insert(sleepers: Sleeper[], sleeper: Sleeper): void {
  let [low, high] = [0, sleepers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sleepers[middle]?.atMs ?? 0) <= sleeper.atMs) low = middle + 1;
    else high = middle;
  }
  sleepers.splice(low, 0, sleeper);
}
