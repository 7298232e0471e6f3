import type { Clock, Random } from "../core/ports.ts";

/** The machine's clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** For jitter only, never for secrets. */
export const systemRandom: Random = { next: () => Math.random() };
