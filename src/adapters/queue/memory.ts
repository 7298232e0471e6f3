import type { Clock, Message } from "../../core/ports.ts";
import type { DeadLetter, WorkQueue } from "./work-queue.ts";

/** SQS accepts no longer delay; neither does any other queue here, so that nothing comes to depend on one. */
const longestDelaySeconds = 900;

type Entry = { readonly id: string; readonly text: string; receives: number; visibleAtMs: number };

/** A work queue that lives and dies with its process: at least once, by due time, as lossless as its process. */
export function memoryQueue(clock: Clock, options: { readonly visibilitySeconds: number }): WorkQueue {
  const entries = new Map<string, Entry>();
  const dead: DeadLetter[] = [];
  let last = 0;
  return {
    async send(messages) {
      for (const { message, delaySeconds = 0 } of messages) {
        if (delaySeconds > longestDelaySeconds || delaySeconds < 0) {
          throw new RangeError(`delay of ${delaySeconds} s: 0 to ${longestDelaySeconds} are possible`);
        }
        last += 1;
        const visibleAtMs = clock.nowMs() + delaySeconds * 1000;
        entries.set(String(last), { id: String(last), text: JSON.stringify(message), receives: 0, visibleAtMs });
      }
    },
    async receive(limit) {
      const nowMs = clock.nowMs();
      const due = [...entries.values()].filter((entry) => entry.visibleAtMs <= nowMs).slice(0, limit);
      for (const entry of due) {
        entry.receives += 1;
        entry.visibleAtMs = nowMs + options.visibilitySeconds * 1000;
      }
      return due.map(({ id, text, receives }) => ({ id, receives, message: JSON.parse(text) as Message }));
    },
    async settle({ id, message }, verdict) {
      const entry = entries.get(id);
      if (entry === undefined) return;
      if (verdict.outcome === "again") {
        const seconds = Math.min(longestDelaySeconds, Math.max(0, verdict.afterSeconds));
        entry.visibleAtMs = clock.nowMs() + seconds * 1000;
        return;
      }
      entries.delete(id);
      if (verdict.outcome === "dead-letter") dead.push({ message, reason: verdict.reason });
    },
    deadLetters: async () => [...dead],
    size: async () => entries.size,
  };
}
