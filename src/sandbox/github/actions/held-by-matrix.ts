import type { JobRecord } from "../state.ts";
import { runOf, type World } from "../world.ts";
import { jobsOfKey } from "./results.ts";

/**
 * True while as many jobs of its matrix are with runners as `max-parallel` allows. GitHub tells such a job as queued
 * like any other (runs-on/runs-on#452).
 */
export function isHeldByMatrix(world: World, job: JobRecord): boolean {
  const { "max-parallel": most, "job-total": total } = job.strategy;
  if (most >= total) return false;
  const withRunners = (jobsOfKey(world, runOf(world, job), job.key) ?? []).filter(
    ({ status, handedOutAtMs, onHosted }) =>
      status === "in_progress" || (status === "queued" && (handedOutAtMs !== undefined || onHosted)),
  );
  return withRunners.length >= most;
}
