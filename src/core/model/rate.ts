import type { Rate } from "../ports.ts";

/** The `fullAtMs` of a bucket whose next call may not be made before `untilMs`. */
export function heldBucket(fullAtMs: number, untilMs: number, { burst, perSecond }: Rate): number {
  return Math.max(fullAtMs, untilMs + ((burst - 1) * 1000) / perSecond);
}

/**
 * Reserves the next call of a token bucket. `fullAtMs` is when the bucket would be full again without further calls
 * (anything that has passed means full); all times are milliseconds since the epoch.
 */
export function reserveCall(
  fullAtMs: number,
  nowMs: number,
  { burst, perSecond }: Rate,
): { readonly atMs: number; readonly fullAtMs: number } {
  const intervalMs = 1000 / perSecond;
  const nextFullAtMs = Math.max(nowMs, fullAtMs) + intervalMs;
  return { atMs: Math.ceil(Math.max(nowMs, nextFullAtMs - burst * intervalMs)), fullAtMs: nextFullAtMs };
}
