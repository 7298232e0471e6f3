import type { SimJob } from "../world/github/state.ts";
import type { World } from "../world/world.ts";
import type { Watcher } from "./invariant.ts";

const explainedMs = 195_000;

/** How long the job has waited without any fault; GitHub may have said until when nobody may ask it. */
function waitedMs(world: World, job: SimJob): number {
  const stoppedMs = world.faultsStoppedAtMs();
  if (stoppedMs === undefined || job.status !== "queued" || job.hold !== undefined) return 0;
  // GitHub has not even tried to tell of it, and Mayfly has never heard of its repository: nobody could know.
  if (job.hidden === "never-attempted" && !world.records.serves(job.repository.id)) return 0;
  return world.nowMs() - Math.max(job.queuedAtMs, stoppedMs, world.limitedUntilMs(job.repository.installationId));
}

export function watchExplained(world: World, violate: (what: string) => void): Watcher {
  const told = new Set<SimJob>();
  return {
    minute() {
      for (const job of world.openJobs()) {
        const ms = waitedMs(world, job);
        if (ms <= explainedMs || told.has(job)) continue;
        const record = world.records.job(job.id);
        const lastDelayMs = record?.delays.at(-1)?.untilMs ?? 0;
        // It waited for a reason, and its runner is on the way since then.
        if (record?.reason !== undefined || world.nowMs() - lastDelayMs < explainedMs) continue;
        told.add(job);
        const state = `record ${record?.state ?? "missing"}, ${job.hidden ?? "delivered"}`;
        violate(`job ${job.id} waits since ${Math.round(ms / 1000)} s without a reason (${state})`);
      }
    },
  };
}
