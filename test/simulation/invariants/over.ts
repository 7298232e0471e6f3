import type { World } from "../world/world.ts";
import type { Watcher } from "./invariant.ts";

const overMs = 8 * 60_000;

/** Runners whose job has ended, as Mayfly knows, and whose record does not end. */
export function watchOver(world: World, violate: (what: string) => void): Watcher {
  const told = new Set<string>();
  return {
    minute() {
      if (world.isDisturbed()) return;
      for (const { name, state, jobId } of world.records.runners()) {
        if (state === "ended" || jobId === undefined || told.has(name)) continue;
        const heard = world.github().jobs.get(jobId)?.told;
        if (heard?.status !== "completed" || world.nowMs() - heard.atMs < overMs) continue;
        told.add(name);
        violate(`${name} is ${state}, and its job ${jobId} ended ${(world.nowMs() - heard.atMs) / 1000} s ago`);
      }
    },
  };
}
