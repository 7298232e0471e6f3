import type { WorkQueue } from "../../src/adapters/queue/work-queue.ts";
import type { App } from "../../src/core/app.ts";
import type { SkippingClock } from "./skipping-clock.ts";

/** As the local worker has them. */
const mostAtOnce = 40;
const pollMs = 25;
const scheduleEveryMs = 60_000;

export type BurstWorker = {
  /** Messages that the core has worked on so far, each receive counted. */
  messages(): number;
  /** Puts an end to the loops; resolves when they have. */
  stop(): Promise<void>;
};

/** Works on the queue and calls the schedule each minute, as one process does that runs all of Mayfly. */
export function burstWorker(app: App, queue: WorkQueue, clock: SkippingClock): BurstWorker {
  const stopping = new AbortController();
  let messages = 0;
  const working = new Set<Promise<void>>();
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const room = mostAtOnce - working.size;
      const received = room > 0 ? await queue.receive(room) : [];
      for (const one of received) {
        messages += 1;
        const handled = (async () => await queue.settle(one, await app.onMessage(one.message, one.receives)))();
        const tracked: Promise<void> = handled.finally(() => working.delete(tracked));
        working.add(tracked);
      }
      if (received.length === 0) await clock.sleep(pollMs);
    }
    await Promise.all(working);
  };
  const schedule = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(scheduleEveryMs);
      if (stopping.signal.aborted) return;
      await app.onSchedule("burst");
    }
  };
  const loops = [work(), schedule()];
  return {
    messages: () => messages,
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}
