import type { Settings } from "../../../src/core/settings.ts";
import type { Chance } from "./chance.ts";
import type { Fact, Work } from "./fact.ts";
import type { FaultKind, Faults } from "./faults.ts";
import type { Scheduler } from "./scheduler.ts";

/** What every part of the world shares. */
export type Sim = {
  readonly clock: Scheduler;
  readonly random: Chance;
  readonly faults: Faults;
  readonly settings: Settings;
  tell(fact: Fact): void;
};

/** One run of a piece of our program: a webhook, a message, a host request, a pass of the schedule. It may die. */
export type Invocation = {
  readonly work: Work;
  state: "running" | "dead" | "over";
  /** What the outside does when it hears nothing any more. */
  readonly onDeath: () => void;
};

/** An invocation that ends when `run` does, or dies with its time limit. */
export function invoke<T>(
  sim: Sim,
  work: Work,
  limitSeconds: number,
  run: (invocation: Invocation) => Promise<T>,
  outcome: { readonly done: (result: T) => void; readonly died: () => void },
): Invocation {
  const invocation: Invocation = { work, state: "running", onDeath: outcome.died };
  const follow = async (): Promise<void> => {
    try {
      const result = await run(invocation);
      if (invocation.state !== "running") return;
      invocation.state = "over";
      outcome.done(result);
    } catch (error) {
      // The core's own doors say that they never reject (onWebhook may, when its one queue write fails).
      if (invocation.state !== "running") return;
      sim.tell({
        kind: "text",
        where: "error",
        text: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      });
      die(sim, invocation, undefined);
    }
  };
  void follow();
  sim.clock.after(limitSeconds * 1000, () => die(sim, invocation, undefined));
  return invocation;
}

/** The process of the invocation is gone: nothing that it waits for ever comes back. */
export function die(sim: Sim, invocation: Invocation, fault: FaultKind | undefined): void {
  if (invocation.state !== "running") return;
  invocation.state = "dead";
  if (fault !== undefined) sim.tell({ kind: "struck", fault, pool: invocation.work.pool });
  invocation.onDeath();
}

/**
 * A call of the invocation to the outside: `effect` happens after a while, its reply comes a little later. The process
 * may die before the effect, and between effect and reply.
 */
export function callOut<T>(
  sim: Sim,
  invocation: Invocation,
  ms: { readonly low: number; readonly high: number; readonly reply: boolean },
  effect: () => T,
): Promise<T> {
  const { clock, random, faults } = sim;
  return new Promise<T>((resolve, reject) => {
    if (invocation.state === "dead") return;
    if (faults.strikes("process-death")) {
      // Half of them before the effect, half after it.
      if (random.is(0.5)) clock.after(random.between(ms.low, ms.high), () => void attempt(effect));
      die(sim, invocation, "process-death");
      return;
    }
    clock.after(random.between(ms.low, ms.high), () => {
      if (invocation.state === "dead") return;
      const result = attempt(effect);
      const answer = (): void => {
        if (invocation.state === "dead") return;
        if (result.ok) resolve(result.value);
        else reject(result.error);
      };
      if (ms.reply) clock.after(random.between(ms.low, ms.high), answer);
      else answer();
    });
  });
}

function attempt<T>(effect: () => T): { ok: true; value: T } | { ok: false; error: Error } {
  try {
    return { ok: true, value: effect() };
  } catch (error) {
    return { ok: false, error: error as Error };
  }
}
