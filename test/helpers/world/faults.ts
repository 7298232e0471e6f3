import { CallError } from "../../../src/core/errors/call-error.ts";
import type { CallErrorFacts, CallErrorKind } from "../../../src/core/errors/call-error.ts";

/** Faults that a test plants at a port: `before` the effect, or `after` it (the reply is lost). */
export type PlantedFault = {
  readonly operation: string;
  readonly kind: CallErrorKind;
  readonly when: "before" | "after";
  times: number;
  readonly retryAfterSeconds?: number;
  readonly more?: Partial<CallErrorFacts>;
};

export type FaultPlan = {
  plant(fault: PlantedFault): void;
  /** Runs `effect` with whatever fault is planted for the operation, and counts the call. */
  around<T>(operation: string, effect: () => T): T;
  readonly calls: Record<string, number>;
};

export function faultPlan(service: string): FaultPlan {
  const planted: PlantedFault[] = [];
  const calls: Record<string, number> = {};
  return {
    calls,
    plant: (fault) => void planted.push(fault),
    around(operation, effect) {
      calls[operation] = (calls[operation] ?? 0) + 1;
      const fault = planted.find((one) => one.operation === operation && one.times > 0);
      if (fault === undefined) return effect();
      fault.times -= 1;
      if (fault.when === "after") effect();
      const { kind, retryAfterSeconds, more } = fault;
      throw new CallError({ service, operation, kind, message: `planted ${kind}`, retryAfterSeconds, ...more });
    },
  };
}
