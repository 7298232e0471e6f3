import { runJson, workflowJson } from "../json/run.ts";
import type { Conclusion, RunRecord } from "../state.ts";
import { fullName, repositoryOf, type World } from "../world.ts";
import { assign } from "./assign.ts";
import { cancelJob } from "./cancel-job.ts";
import { expand } from "./expand.ts";
import { runHosted } from "./hosted.ts";
import { announceJob } from "./job-transitions.ts";
import { countedResult, jobsOfKey, resultOfKey, worst } from "./results.ts";

/**
 * Takes a run as far as it goes now: fail-fast, jobs whose needs are done, the run's own end. Called after every
 * change of one of its jobs.
 */
export function settle(world: World, run: RunRecord): void {
  if (run.status === "completed") return;
  while (failFast(world, run) || queueNext(world, run)) {
    // each turn may end jobs, on which others wait
  }
  const results = (run.workflow?.jobs ?? []).map(({ key }) => resultOfKey(world, run, key));
  if (results.every((result) => result !== undefined)) {
    endRun(world, run, run.cancelling ? "cancelled" : worst(results));
  }
  assign(world);
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
  const repository = repositoryOf(world, run);
  const { name, path, conclusion, errors } = run;
  world.tell({ type: "run", action, repository: fullName(repository), runId: run.id, name, path, conclusion, errors });
  world.send({
    event: "workflow_run",
    action,
    repository,
    actor: run.actor,
    body: { workflow_run: runJson(world, run), workflow: workflowJson(world, run) },
  });
}

/** Cancels what is left of each matrix with a failure. True if that ended a job. */
function failFast(world: World, run: RunRecord): boolean {
  const jobs = [...run.jobIds.keys()].flatMap((key) => {
    const ofKey = jobsOfKey(world, run, key) ?? [];
    const failed = ofKey.some((job) => job.strategy["fail-fast"] && countedResult(job) === "failure");
    return failed ? ofKey.filter(({ status, cancelRequested }) => status !== "completed" && !cancelRequested) : [];
  });
  for (const job of jobs) cancelJob(world, job);
  return jobs.some(({ status }) => status === "completed");
}

/** Makes jobs of every definition whose needs are done. True if one of them ended at once. */
function queueNext(world: World, run: RunRecord): boolean {
  const ready = (run.workflow?.jobs ?? []).filter(
    ({ key, needs }) => !run.jobIds.has(key) && needs.every((needed) => resultOfKey(world, run, needed) !== undefined),
  );
  for (const definition of ready) {
    const jobs = expand(world, run, definition);
    run.jobIds.set(
      definition.key,
      jobs.map(({ id }) => id),
    );
    for (const job of jobs) {
      announceJob(world, job);
      if (job.hosted && job.status === "queued") runHosted(world, job, () => settle(world, run));
    }
  }
  return ready.some(({ key }) => resultOfKey(world, run, key) !== undefined);
}
