import { runJson, workflowJson } from "../json/run.ts";
import type { Conclusion, RunRecord } from "../state.ts";
import { fullName, repositoryOf, runOf, type World } from "../world.ts";
import { admitJob, takeTurns } from "./admit.ts";
import { assign } from "./assign.ts";
import { cancelJob } from "./cancel-job.ts";
import { expand } from "./expand.ts";
import { startHosted } from "./hosted.ts";
import { announceEnded } from "./job-transitions.ts";
import { countedResult, jobsOfKey, resultOfKey, worst } from "./results.ts";
import { refreshRunStatus } from "./run-status.ts";

/**
 * Takes runs as far as they go now: fail-fast, jobs whose needs are done, the runs' own ends; after that the others
 * for whose sake something waited. Called after every change of one of their jobs.
 */
export function settle(world: World, ...runs: readonly RunRecord[]): void {
  const due = [...runs];
  for (let next = due.shift(); next !== undefined; next = due.shift()) {
    advance(world, next, due);
    due.push(...takeTurns(world));
  }
  assign(world);
  startHosted(world, (job) => settle(world, runOf(world, job)));
}

function advance(world: World, run: RunRecord, due: RunRecord[]): void {
  if (run.status === "completed") return;
  if (run.status === "pending") {
    if (run.cancelling) endRun(world, run, "cancelled");
    return;
  }
  while (failFast(world, run) || queueNext(world, run, due)) {
    // each turn may end jobs, on which others wait
  }
  const results = (run.workflow?.jobs ?? []).map(({ key }) => resultOfKey(world, run, key));
  if (results.every((result) => result !== undefined)) {
    endRun(world, run, run.cancelling ? "cancelled" : worst(results));
  } else refreshRunStatus(world, run);
}

/** Ends a run; a startup failure ends here without ever having had a job. */
export function endRun(world: World, run: RunRecord, conclusion: Conclusion): void {
  run.status = "completed";
  run.conclusion = conclusion;
  run.updatedAtMs = world.now();
  announceRun(world, run, "completed");
}

/** Tells the App and whoever watches that a run was made or has ended. */
export function announceRun(world: World, run: RunRecord, action: "requested" | "completed"): void {
  tellRun(world, run, action);
  world.send({
    event: "workflow_run",
    action,
    repository: repositoryOf(world, run),
    actor: run.triggeringActor,
    body: { workflow_run: runJson(world, run), workflow: workflowJson(world, run) },
  });
}

/** Tells whoever watches, and not the App. */
export function tellRun(world: World, run: RunRecord, action: "requested" | "completed"): void {
  const { name, path, conclusion, errors } = run;
  const repository = fullName(repositoryOf(world, run));
  world.tell({ type: "run", action, repository, runId: run.id, name, path, conclusion, errors });
}

/** Cancels what is left of each matrix with a failure. True if that ended a job. */
function failFast(world: World, run: RunRecord): boolean {
  const jobs = [...run.jobIds.keys()].flatMap((key) => {
    const ofKey = jobsOfKey(world, run, key) ?? [];
    // what an earlier attempt left behind cancels nobody
    const failed = ofKey.some(
      (job) => job.attempt === run.attempt && job.strategy["fail-fast"] && countedResult(job) === "failure",
    );
    return failed ? ofKey.filter(({ status, cancelRequested }) => status !== "completed" && !cancelRequested) : [];
  });
  for (const job of jobs) cancelJob(world, job);
  return jobs.some(({ status }) => status === "completed");
}

/** Makes jobs of every definition whose needs are done. True if one of them ended at once. */
function queueNext(world: World, run: RunRecord, due: RunRecord[]): boolean {
  const ready = (run.workflow?.jobs ?? []).filter(
    ({ key, needs }) => !run.jobIds.has(key) && needs.every((needed) => resultOfKey(world, run, needed) !== undefined),
  );
  for (const definition of ready) {
    const carried = run.carried.get(definition.key) ?? [];
    const places = new Set(carried.map((id) => world.state.jobs.get(id)?.strategy["job-index"]));
    const jobs = expand(world, run, definition).filter((job) => !places.has(job.strategy["job-index"]));
    for (const job of jobs) world.state.jobs.set(job.id, job);
    run.jobIds.set(definition.key, [...carried, ...jobs.map(({ id }) => id)]);
    for (const job of jobs) {
      if (job.status === "completed") announceEnded(world, job);
      else due.push(...admitJob(world, job));
    }
  }
  return ready.some(({ key }) => resultOfKey(world, run, key) !== undefined);
}
