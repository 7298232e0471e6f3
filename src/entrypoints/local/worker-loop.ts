import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import type { WorkQueue } from "../../adapters/queue/work-queue.ts";
import type { App } from "../../core/app.ts";
import type { Log } from "../../core/ports.ts";

const pollMs = 25;

/** Most messages that one process works on at a time. */
const mostAtOnce = 40;

export type Loop = { stop(): Promise<void> };

/** Works on the queue's messages as they fall due, many at a time, until it is stopped. */
export function startWorker(app: Pick<App, "onMessage">, queue: WorkQueue, log: Log): Loop {
  const working = new Set<Promise<void>>();
  return repeat(log, async (signal) => {
    const room = mostAtOnce - working.size;
    const received = room > 0 ? await queue.receive(room) : [];
    for (const one of received) {
      const work = (async () => await queue.settle(one, await app.onMessage(one.message, one.receives)))();
      const tracked: Promise<void> = work.finally(() => working.delete(tracked));
      working.add(tracked);
      // The database is read and written at once: without a turn in between webhooks would wait for all of them.
      await nextTurn();
    }
    if (received.length === 0) await sleep(pollMs, signal);
    if (signal.aborted) await Promise.all(working);
  });
}

/** Calls the schedule again and again, `everyMs` after the last call has ended. */
export function startSchedule(app: Pick<App, "onSchedule">, owner: string, everyMs: number, log: Log): Loop {
  return repeat(log, async (signal) => {
    await sleep(everyMs, signal);
    if (!signal.aborted) await app.onSchedule(owner);
  });
}

/** Runs `turn` until stopped; an error ends one turn, never the loop. */
function repeat(log: Log, turn: (signal: AbortSignal) => Promise<void>): Loop {
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await turn(stopping.signal);
      } catch (error) {
        log.error("a loop met an error", { error: String(error) });
        await sleep(pollMs, stopping.signal);
      }
    }
  };
  const running = loop();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
}
