import type { Clock } from "../../src/core/ports.ts";

/** A clock that stands still until a test moves it. */
export type VirtualClock = Clock & { advance(seconds: number): void };

export function virtualClock(startMs = Date.UTC(2026, 10, 22, 12)): VirtualClock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    advance: (seconds) => {
      nowMs += seconds * 1000;
    },
  };
}
