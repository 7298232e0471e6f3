import { setTimeout as pause } from "node:timers/promises";
import { patienceMs } from "./patience.ts";

const lookEveryMs = 500;

/**
 * Waits until nothing is left. Resolves with what is: nothing in the end, or what was still there when nothing had
 * moved for too long.
 */
export async function settle(leftovers: () => Promise<string[]>): Promise<string[]> {
  let last = "";
  let movedAtMs = performance.now();
  for (;;) {
    const left = await leftovers();
    const text = left.join();
    if (text !== last) movedAtMs = performance.now();
    last = text;
    if (left.length === 0 || performance.now() > movedAtMs + patienceMs) return left;
    await pause(lookEveryMs);
  }
}
