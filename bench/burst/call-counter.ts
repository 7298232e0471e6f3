import type { SkippingClock } from "./skipping-clock.ts";

/** Where a call goes; each has a latency of its own. */
export type Target = "github" | "compute" | "store" | "queue";

export type CallCounter = {
  /** Operation, for example `github.mintJitConfig` → number of calls. */
  readonly calls: ReadonlyMap<string, number>;
  /**
   * The same port, with every call counted as `TARGET.[PREFIX.]OPERATION` and answered after its target's latency.
   * Functions of `local` answer at once and are not counted.
   */
  around<T extends object>(port: T, target: Target, options?: { prefix?: string; local?: readonly string[] }): T;
};

/** Counts calls of ports and lets each take its time. */
export function callCounter(clock: SkippingClock, latencyMs: Readonly<Record<Target, number>>): CallCounter {
  const calls = new Map<string, number>();
  return {
    calls,
    around: (port, target, { prefix, local = [] } = {}) =>
      new Proxy(port, {
        get(inner, name): unknown {
          const value: unknown = Reflect.get(inner, name);
          if (typeof value !== "function" || local.includes(String(name))) return value;
          const operation = [target, prefix, String(name)].filter((part) => part !== undefined).join(".");
          return async (...facts: unknown[]): Promise<unknown> => {
            calls.set(operation, (calls.get(operation) ?? 0) + 1);
            await clock.sleep(latencyMs[target]);
            return (await Reflect.apply(value, inner, facts)) as unknown;
          };
        },
      }),
  };
}
