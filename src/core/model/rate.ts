import type { Rate } from "../ports.ts";

/**
 * How much later a bucket is full again for each call. Eighths of a millisecond, rounded up: sums of them are exact in
 * binary and in decimal, so that a database may add them up itself and comes to the same times.
 */
export function intervalMs({ perSecond }: Rate): number {
  return Math.ceil(8000 / perSecond) / 8;
}

/** The `fullAtMs` of a bucket whose next call may not be made before `untilMs`. */
export function heldBucket(fullAtMs: number, untilMs: number, rate: Rate): number {
  return Math.max(fullAtMs, Math.ceil(untilMs) + (rate.burst - 1) * intervalMs(rate));
}

/** When the call that has made a bucket full again at `fullAtMs` may be made: now, or at its turn. */
export function turnAtMs(fullAtMs: number, nowMs: number, rate: Rate): number {
  return Math.ceil(Math.max(nowMs, fullAtMs - rate.burst * intervalMs(rate)));
}

/**
 * Reserves the next call of a token bucket. `fullAtMs` is when the bucket would be full again without further calls
 * (anything that has passed means full); all times are milliseconds since the epoch.
 */
export function reserveCall(
  fullAtMs: number,
  nowMs: number,
  rate: Rate,
): { readonly atMs: number; readonly fullAtMs: number } {
  const nextFullAtMs = Math.max(nowMs, fullAtMs) + intervalMs(rate);
  return { atMs: turnAtMs(nextFullAtMs, nowMs, rate), fullAtMs: nextFullAtMs };
}
