import { cancelRun } from "../actions/cancel-run.ts";
import { jobsOfAttempt } from "../actions/run-status.ts";
import { jobJson } from "../json/job.ts";
import { runJson } from "../json/run.ts";
import { notFound, problem, type Answer } from "../rest/answer.ts";
import type { RepositoryCall } from "../rest/call.ts";
import { page } from "../rest/page.ts";
import type { JobRecord, RunRecord } from "../state.ts";

/** `actions/get-job-for-workflow-run`. */
export function getJob({ world, repository, path }: RepositoryCall): Answer {
  const job = world.state.jobs.get(Number(path.job_id));
  if (job === undefined || job.repositoryId !== repository.id) return notFound();
  return { status: 200, body: jobJson(world, job) };
}

/** `actions/list-jobs-for-workflow-run`: of the latest attempt, or with `filter=all` of every one. */
export function listJobs(call: RepositoryCall): Answer {
  const run = find(call);
  if (run === undefined) return notFound();
  if (call.query.get("filter") !== "all") return jobPage(call, jobsOfAttempt(call.world, run, run.attempt));
  return jobPage(call, [...call.world.state.jobs.values()].filter(({ runId }) => runId === run.id)); // prettier-ignore
}

/** `actions/list-jobs-for-workflow-run-attempt`. */
export function listJobsOfAttempt(call: RepositoryCall): Answer {
  const run = find(call);
  return jobPage(call, run && jobsOfAttempt(call.world, run, Number(call.path.attempt_number)));
}

/** `actions/get-workflow-run`. */
export function getRun(call: RepositoryCall): Answer {
  const run = find(call);
  return run === undefined ? notFound() : { status: 200, body: runJson(call.world, run) };
}

/** `actions/list-workflow-runs-for-repo`: newest first; `status` takes a status or a conclusion. */
export function listRuns(call: RepositoryCall): Answer {
  const { world, repository, query } = call;
  const wanted = (name: string, value: string | null): boolean => {
    const asked = query.get(name);
    return asked === null || asked === value;
  };
  const runs = [...world.state.runs.values()]
    .filter((run) => run.repositoryId === repository.id)
    .filter((run) => wanted("status", run.status) || wanted("status", run.conclusion))
    .filter((run) => wanted("branch", run.headBranch) && wanted("event", run.event))
    .filter((run) => wanted("head_sha", run.headSha) && wanted("actor", run.actor))
    .toReversed();
  return page(call, runs, (items, total) => ({
    total_count: total,
    workflow_runs: items.map((run) => runJson(world, run)),
  }));
}

/** `actions/cancel-workflow-run`: jobs end soon after the answer. */
export function cancelWorkflowRun(call: RepositoryCall): Answer {
  const run = find(call);
  if (run === undefined) return notFound();
  if (run.status === "completed") return problem(409, "Cannot cancel a workflow run that is completed.");
  cancelRun(call.world, run);
  return { status: 202, body: {} };
}

function find({ world, repository, path }: RepositoryCall): RunRecord | undefined {
  const run = world.state.runs.get(Number(path.run_id));
  return run?.repositoryId === repository.id ? run : undefined;
}

function jobPage(call: RepositoryCall, jobs: readonly JobRecord[] | undefined): Answer {
  if (jobs === undefined) return notFound();
  return page(call, jobs, (items, total) => ({
    total_count: total,
    jobs: items.map((job) => jobJson(call.world, job)),
  }));
}
