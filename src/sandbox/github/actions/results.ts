import type { ConditionStatus } from "../../../adapters/workflow-file/expressions.ts";
import type { JobDefinition } from "../../workflow/definition.ts";
import type { JobRecord, RunRecord } from "../state.ts";
import type { World } from "../world.ts";

export type Result = "success" | "failure" | "cancelled" | "skipped";

export type Needs = Readonly<Record<string, { result: Result; outputs: Record<string, string> }>>;

/** The jobs that a job key became; undefined while its needs are not done. */
export function jobsOfKey(world: World, run: RunRecord, key: string): JobRecord[] | undefined {
  return run.jobIds.get(key)?.flatMap((id) => world.state.jobs.get(id) ?? []);
}

/** What a key counts as for those that need it; undefined while one of its jobs is open. */
export function resultOfKey(world: World, run: RunRecord, key: string): Result | undefined {
  const jobs = jobsOfKey(world, run, key);
  if (jobs === undefined || jobs.some(({ status }) => status !== "completed")) return undefined;
  return worst(jobs.map(countedResult));
}

/** A failed job with `continue-on-error` counts as a success, though it shows as failed. */
export function countedResult(job: JobRecord): Result {
  return job.conclusion === "failure" && job.continueOnError ? "success" : (job.conclusion ?? "success");
}

/** One result for several jobs: skipped only if all were. */
export function worst(results: readonly Result[]): Result {
  if (results.includes("failure")) return "failure";
  if (results.includes("cancelled")) return "cancelled";
  return results.length > 0 && results.every((result) => result === "skipped") ? "skipped" : "success";
}

/** The `needs` context of a job. Of a matrix, the last job that set an output wins. */
export function needsContext(world: World, run: RunRecord, definition: JobDefinition): Needs {
  const entries = definition.needs.map((key) => {
    const outputs: Record<string, string> = {};
    for (const job of jobsOfKey(world, run, key) ?? []) {
      for (const [name, value] of Object.entries(job.outputs)) if (value !== "") outputs[name] = value;
    }
    return [key, { result: resultOfKey(world, run, key) ?? "success", outputs }] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * What `success()`, `failure()` and `cancelled()` of a job's `if` look at: every job that it needs, directly or not
 * (hence a job is skipped although its own needs succeeded, when one of theirs was skipped: actions/runner#491).
 */
export function statusForCondition(world: World, run: RunRecord, definition: JobDefinition): ConditionStatus {
  if (run.cancelling) return "cancelled";
  const results = ancestors(run, definition).map((key) => resultOfKey(world, run, key));
  if (results.includes("failure")) return "failure";
  return results.every((result) => result === "success") ? "success" : "skipped";
}

function ancestors(run: RunRecord, definition: JobDefinition): string[] {
  const found = new Set<string>();
  const visit = (needs: readonly string[]): void => {
    for (const key of needs) {
      if (found.has(key)) continue;
      found.add(key);
      visit(run.workflow?.jobs.find((job) => job.key === key)?.needs ?? []);
    }
  };
  visit(definition.needs);
  return [...found];
}
