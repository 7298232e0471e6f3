import type { JobRecord, RunRecord } from "../state.ts";
import type { World } from "../world.ts";
import { admitRun } from "./admit.ts";
import { currentJobs } from "./run-status.ts";
import { settle, tellRun } from "./settle.ts";

/** Everything, what failed or was cancelled, or one job; the latter two with all that needs them. */
export type RerunScope = "all" | "failed" | { readonly jobId: number };

/** "Up to 30 days after its initial run", "a maximum of 50 times" (GitHub's docs on re-running workflows and jobs). */
const LAST_RERUN_AFTER_MS = 30 * 86_400_000;
const MOST_RERUNS = 50;

/** Why GitHub refuses to run this again, in its words as far as they are known; undefined when it does not. */
export function rerunProblem(world: World, run: RunRecord, scope: RerunScope): string | undefined {
  if (run.status !== "completed") {
    return typeof scope === "object"
      ? "The workflow run containing this job is already running"
      : "This workflow is already running";
  }
  const isTooLate = world.now() - run.createdAtMs > LAST_RERUN_AFTER_MS || run.attempt > MOST_RERUNS;
  if (isTooLate || run.conclusion === "startup_failure") return "This workflow run cannot be rerun";
  if (scope === "all" || chosenJobs(world, run, scope).length > 0) return undefined;
  return scope === "failed" ? "This workflow run cannot be retried" : "This job cannot be retried";
}

/**
 * Runs a completed run again, in a new attempt of the same run at the same commit. Jobs that run again get new ids;
 * the others are carried over as they are, their outputs are used, nobody is told of them. Protection rules that were
 * passed stay passed, unless everything runs again. `workflow_run: requested` "does not occur when a workflow is
 * re-run" (GitHub's docs on that event). Call it only when there is no `rerunProblem`.
 */
export function rerun(world: World, run: RunRecord, scope: RerunScope, actor: string): void {
  run.earlierAttempts.push(currentJobs(world, run).map(({ id }) => id));
  if (scope === "all") {
    run.jobIds = new Map();
    run.carried = new Map();
    run.approvedJobs.clear();
  } else keepOthers(run, chosenJobs(world, run, scope));
  run.attempt += 1;
  run.triggeringActor = actor;
  run.status = "queued";
  run.conclusion = null;
  run.cancelling = false;
  run.begun = false;
  run.startedAtMs = world.now();
  run.updatedAtMs = world.now();
  tellRun(world, run, "requested");
  settle(world, ...admitRun(world, run));
}

function chosenJobs(world: World, run: RunRecord, scope: "failed" | { readonly jobId: number }): JobRecord[] {
  return currentJobs(world, run).filter(({ id, conclusion }) =>
    scope === "failed" ? conclusion === "failure" || conclusion === "cancelled" : id === scope.jobId,
  );
}

function keepOthers(run: RunRecord, chosen: readonly JobRecord[]): void {
  const keys = new Set(chosen.map(({ key }) => key));
  const ids = new Set(chosen.map(({ id }) => id));
  const dependents = dependentsOf(run, keys);
  const [kept, carried] = [new Map<string, readonly number[]>(), new Map<string, readonly number[]>()];
  for (const [key, jobIds] of run.jobIds) {
    if (dependents.has(key)) continue;
    if (keys.has(key))
      carried.set(key, jobIds.filter((id) => !ids.has(id))); // prettier-ignore
    else kept.set(key, jobIds);
  }
  run.jobIds = kept;
  run.carried = carried;
}

/** Keys of the jobs that need one of the given, directly or not. */
function dependentsOf(run: RunRecord, keys: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  const jobs = run.workflow?.jobs ?? [];
  for (let known = -1; known < found.size;) {
    known = found.size;
    for (const { key, needs } of jobs) if (needs.some((one) => keys.has(one) || found.has(one))) found.add(key);
  }
  return found;
}
