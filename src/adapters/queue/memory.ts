import type { Clock, Message } from "../../core/ports.ts";
import { delayed, dueAgain } from "./delay.ts";
import type { DeadLetter, WorkQueue } from "./work-queue.ts";

type Entry = { readonly id: string; readonly text: string; receives: number; visibleAtMs: number };

/** A work queue that lives and dies with its process: at least once, by due time, as lossless as its process. */
export function memoryQueue(clock: Clock, options: { readonly visibilitySeconds: number }): WorkQueue {
  const entries = new Map<string, Entry>();
  const dead: DeadLetter[] = [];
  let last = 0;
  return {
    async send(messages) {
      const sent = messages.map(({ message, delaySeconds = 0 }) => ({
        text: JSON.stringify(message),
        visibleAtMs: delayed(clock.nowMs(), delaySeconds),
      }));
      for (const one of sent) {
        last += 1;
        entries.set(String(last), { id: String(last), receives: 0, ...one });
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
    async settle({ id, message, receives }, verdict) {
      const entry = entries.get(id);
      if (entry === undefined) return;
      // of a worker that was believed dead no verdict counts any more but `done`
      if (verdict.outcome !== "done" && entry.receives !== receives) return;
      if (verdict.outcome === "again") {
        entry.visibleAtMs = dueAgain(clock.nowMs(), verdict.afterSeconds);
        return;
      }
      entries.delete(id);
      if (verdict.outcome === "dead-letter") dead.push({ message, reason: verdict.reason });
    },
    deadLetters: async () => [...dead],
    size: async () => entries.size,
  };
}
