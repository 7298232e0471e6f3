import type { Message } from "../../../src/core/ports.ts";
import type { Fact } from "../world/fact.ts";
import type { Machine } from "../world/machine.ts";
import type { World } from "../world/world.ts";
import type { Watcher } from "./invariant.ts";

/** A moment after an idle runner's end its record may not say so yet; the shortest backoff is 5 minutes. */
const [soonMs, longMs] = [10_000, 240_000];
/** What moved a moment ago may only now be passed on to the pools. */
const passedOnMs = 5000;

/** The repository in which Mayfly has just heard of a start or an end: its pools may launch once more. */
function heardOf(fact: Fact): number | undefined {
  if (fact.kind === "job" || fact.kind === "told") return fact.job.repository.id;
  if (fact.kind === "verdict") return heardIn(fact.message);
  if (fact.kind !== "text" || fact.where !== "record of jobs") return undefined;
  if (!/"state":"(?:running|completed|lost)"/.test(fact.text)) return undefined;
  return Number(/"repository":\{"id":(\d+)/.exec(fact.text)?.[1]);
}

/** A run's end, and whatever is told of a job: a second `queued` as well. */
function heardIn(message: Message): number | undefined {
  return message.kind === "run" || message.kind === "job" ? message.repository.id : undefined;
}

export function watchBackOff(world: World, violate: (what: string) => void): Watcher {
  const idleAtMs = new Map<string, number>();
  const heardAtMs = new Map<number, number>();
  const stoodIdle = (machine: Machine): void => {
    const job = world.jobOf(machine.request.runnerName);
    if (job === undefined) return;
    const heardMs = heardAtMs.get(job.repository.id) ?? 0;
    // An instance is still there for a while after its program has ended.
    const leftAtMs = machine.leftAtMs ?? world.nowMs();
    if (leftAtMs > heardMs + passedOnMs) idleAtMs.set(job.pool, leftAtMs);
  };
  const launched = (name: string): void => {
    const pool = world.jobOf(name)?.pool ?? "";
    const endedAtMs = idleAtMs.get(pool);
    const decidedAtMs = world.records.runner(name)?.createdAtMs ?? world.nowMs();
    // What was decided on before may have waited for its turn.
    if (endedAtMs === undefined || decidedAtMs < endedAtMs + soonMs) return;
    const sinceMs = world.nowMs() - endedAtMs;
    if (sinceMs < longMs) violate(`${name} was launched ${sinceMs / 1000} s after a runner of ${pool} had stood idle`);
  };
  return {
    on(fact) {
      const repositoryId = heardOf(fact);
      if (repositoryId !== undefined) {
        heardAtMs.set(repositoryId, world.nowMs());
        for (const pool of idleAtMs.keys()) if (pool.startsWith(`${repositoryId}#`)) idleAtMs.delete(pool);
      }
      if (fact.kind === "machine-ended" && fact.why === "idle") stoodIdle(fact.machine);
      if (fact.kind === "launch") launched(fact.request.runnerName);
    },
  };
}
