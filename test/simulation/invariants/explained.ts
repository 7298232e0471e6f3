import type { SimJob } from "../world/github/state.ts";
import type { World } from "../world/world.ts";
import type { Watcher } from "./invariant.ts";

const explainedMs = 195_000;

/**
 * How long the job has waited without any fault; GitHub may have said until when nobody may ask it. `heardMs`: when Mayfly
 * first heard of its repository.
 */
function waitedMs(world: World, job: SimJob, heardMs: number): number {
  const stoppedMs = world.faultsStoppedAtMs();
  if (stoppedMs === undefined || job.status !== "queued" || job.hold !== undefined) return 0;
  const limitedMs = world.limitedUntilMs(job.repository.installationId);
  // GitHub has not even tried to tell of it: nobody could know before.
  const knownMs = job.hidden === "never-attempted" ? heardMs : 0;
  return world.nowMs() - Math.max(job.queuedAtMs, stoppedMs, limitedMs, knownMs);
}

export function watchExplained(world: World, violate: (what: string) => void): Watcher {
  const told = new Set<SimJob>();
  const heardMs = new Map<number, number>();
  const heardOf = (repositoryId: number): number => {
    const known = heardMs.get(repositoryId);
    if (known !== undefined) return known;
    if (!world.records.serves(repositoryId)) return world.nowMs();
    heardMs.set(repositoryId, world.nowMs());
    return world.nowMs();
  };
  return {
    minute() {
      for (const job of world.openJobs()) {
        const ms = waitedMs(world, job, heardOf(job.repository.id));
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
