import { rerun, rerunProblem, type RerunScope } from "../actions/rerun.ts";
import { notFound, problem, type Answer } from "../rest/answer.ts";
import type { RepositoryCall } from "../rest/call.ts";
import type { RunRecord } from "../state.ts";

/** `actions/re-run-workflow`: all of its jobs. */
export function rerunWorkflow(call: RepositoryCall): Answer {
  return rerunOf(call, call.world.state.runs.get(Number(call.path.run_id)), "all");
}

/** `actions/re-run-workflow-failed-jobs`: those that failed or were cancelled, and what needs them. */
export function rerunFailedJobs(call: RepositoryCall): Answer {
  return rerunOf(call, call.world.state.runs.get(Number(call.path.run_id)), "failed");
}

/** `actions/re-run-job-for-workflow-run`: this one and what needs it. */
export function rerunJob(call: RepositoryCall): Answer {
  const { jobs, runs } = call.world.state;
  const job = jobs.get(Number(call.path.job_id));
  return job === undefined ? notFound() : rerunOf(call, runs.get(job.runId), { jobId: job.id });
}

function rerunOf({ world, repository }: RepositoryCall, run: RunRecord | undefined, scope: RerunScope): Answer {
  if (run?.repositoryId !== repository.id) return notFound();
  const refusal = rerunProblem(world, run, scope);
  if (refusal !== undefined) return problem(403, refusal);
  rerun(world, run, scope, `${world.state.app.slug}[bot]`);
  return { status: 201, body: {} };
}
