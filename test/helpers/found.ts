import { setTimeout as pause } from "node:timers/promises";

/** Resolves with what `look` finds, as soon as it finds something; rejects with `what` when that takes too long. */
export async function found<T>(look: () => Promise<T | undefined>, what: string, withinMs = 60_000): Promise<T> {
  const lastMs = performance.now() + withinMs;
  for (;;) {
    const one = await look();
    if (one !== undefined) return one;
    if (performance.now() > lastMs) throw new Error(`never: ${what}`);
    await pause(20);
  }
}
