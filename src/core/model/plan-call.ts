import type { Runner } from "./runner.ts";

/** Everything in a runner's record that a launch call changes. */
export type PlannedCall = Pick<Runner, "call" | "calls" | "calledAtMs" | "launchAtMs" | "unsure">;

/**
 * A launch call that may be made from `callAtMs` on: it begins now, or is reserved. Without any trace of an earlier call
 * the runner's times start anew with it. Times are milliseconds since the epoch.
 */
export function planCall(
  before: Pick<Runner, "calls" | "launchAtMs" | "unsure">,
  callAtMs: number,
  nowMs: number,
): PlannedCall {
  const early = callAtMs > nowMs;
  const calledAtMs = Math.max(callAtMs, nowMs);
  return {
    call: early ? "reserved" : "open",
    calls: early ? before.calls : before.calls + 1,
    calledAtMs,
    launchAtMs: before.unsure ? before.launchAtMs : calledAtMs,
    unsure: before.unsure || !early,
  };
}
