import type { StopReason } from "./exit-codes.ts";
import type { Listener } from "./listener.ts";

export type Limits = {
  /** When the machine ends, milliseconds since the epoch; Infinity when nobody knows. */
  readonly endMs: number;
  readonly shutdownMs: number;
  readonly killBeforeEndMs: number;
  readonly idleMs: number;
  readonly connectWithinMs: number;
  readonly stopGraceMs: number;
};

export type Guard = {
  /** The listener says that it waits for a job: from now on it may be idle for `idleMs`. */
  listening(): void;
  /** It has a job: it is no longer idle, only the machine's end stops it. */
  jobStarted(): void;
  /** Nobody needs this runner any more; one that has a job goes on. */
  unwanted(): void;
  reason(): StopReason | undefined;
  dispose(): void;
};

/**
 * Stops a listener that is idle for too long, that never connects, or whose machine is about to end: SIGINT to the
 * listener alone (it then tells its worker and GitHub), SIGKILL when that does not help.
 */
export function guardListener(listener: Pick<Listener, "signal">, limits: Limits): Guard {
  const timers = new Map<string, NodeJS.Timeout>();
  let reason: StopReason | undefined;
  let busy = false;

  const after = (name: string, ms: number, action: () => void): void => {
    clear(name);
    // setTimeout takes 2^31 − 1 ms at most; nothing of ours lives that long
    if (Number.isFinite(ms)) timers.set(name, setTimeout(action, Math.min(Math.max(0, ms), 2 ** 31 - 1)));
  };
  const clear = (...names: string[]): void => {
    for (const name of names) clearTimeout(timers.get(name));
  };
  const stop = (why: StopReason): void => {
    reason = why;
    clear("idle", "connect");
    listener.signal("SIGINT");
    if (why !== "deadline") after("kill", limits.stopGraceMs, () => listener.signal("SIGKILL"));
  };

  const nowMs = Date.now();
  after("connect", limits.connectWithinMs, () => stop("unconnected"));
  after("deadline", limits.endMs - limits.shutdownMs - nowMs, () => stop("deadline"));
  after("end", limits.endMs - limits.killBeforeEndMs - nowMs, () => {
    reason = "deadline";
    listener.signal("SIGKILL");
  });

  return {
    listening() {
      clear("connect");
      if (!busy && reason === undefined) after("idle", limits.idleMs, () => stop("idle"));
    },
    jobStarted() {
      busy = true;
      // a job that came in the very moment of the order to stop gets the listener's own orderly shutdown
      clear("connect", "idle", "kill");
    },
    unwanted() {
      if (!busy && reason === undefined) stop("unwanted");
    },
    reason: () => reason,
    dispose: () => clear(...timers.keys()),
  };
}
