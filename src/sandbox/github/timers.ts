export type Timers = {
  /** Calls `act` once after `ms`, unless stopped before. */
  after(ms: number, act: () => void): void;
  every(ms: number, act: () => void): void;
  stop(): void;
};

/** Timers that end together and do not keep the process alive. */
export function timers(): Timers {
  const running = new Set<NodeJS.Timeout>();
  let stopped = false;
  return {
    after(ms, act) {
      if (stopped) return;
      const timer = setTimeout(() => {
        running.delete(timer);
        act();
      }, ms);
      timer.unref();
      running.add(timer);
    },
    every(ms, act) {
      running.add(setInterval(act, ms).unref());
    },
    stop() {
      stopped = true;
      for (const timer of running) clearTimeout(timer);
      running.clear();
    },
  };
}
