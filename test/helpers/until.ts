import { setTimeout as pause } from "node:timers/promises";

/** Rejects, with what is known, instead of going on for ever behind a test that has failed long since. */
export async function until(
  condition: () => boolean,
  known: () => string = () => "",
  withinMs = 20_000,
): Promise<void> {
  const lastMs = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > lastMs) throw new Error(`never true: ${condition.toString()}\n${known()}`);
    await pause(10);
  }
}
