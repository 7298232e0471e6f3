import { approveJobs, jobsForApproval, rejectJobs } from "../actions/approve-jobs.ts";
import { deploymentJson, environmentId, pendingDeploymentJson } from "../json/deployment.ts";
import { notFound, problem, type Answer } from "../rest/answer.ts";
import type { RepositoryCall } from "../rest/call.ts";
import type { DeploymentRecord, JobRecord, RunRecord } from "../state.ts";

type Pending = JobRecord & { readonly deployment: DeploymentRecord };

/** `actions/get-pending-deployments-for-run`: each environment that jobs of the run wait for, once. */
export function getPendingDeployments(call: RepositoryCall): Answer {
  const run = find(call);
  if (run === undefined) return notFound();
  const names = new Set(pendingOf(call, run).map(({ deployment }) => deployment.environment));
  return { status: 200, body: [...names].map((name) => pendingDeploymentJson(call.world, call.repository, name)) };
}

/** `actions/review-pending-deployments-for-run`: approves or rejects every job that waits for these environments. */
export function reviewPendingDeployments(call: RepositoryCall): Answer {
  const { world, repository, body } = call;
  const run = find(call);
  if (run === undefined) return notFound();
  const asked = body.environment_ids as readonly number[];
  const pending = pendingOf(call, run);
  const idOf = ({ deployment }: Pending): number => environmentId(world, repository, deployment.environment);
  const jobs = pending.filter((job) => asked.includes(idOf(job)));
  if (asked.length === 0 || asked.some((id) => !pending.some((job) => idOf(job) === id))) {
    return problem(422, "No pending deployment requests to approve or reject");
  }
  if (body.state === "approved") approveJobs(world, run, jobs);
  else rejectJobs(world, run, jobs, String(body.comment));
  return { status: 200, body: jobs.map((job) => deploymentJson(world, job, job.deployment)) };
}

function pendingOf({ world }: RepositoryCall, run: RunRecord): Pending[] {
  return jobsForApproval(world, run).filter((job): job is Pending => job.deployment !== undefined);
}

function find({ world, repository, path }: RepositoryCall): RunRecord | undefined {
  const run = world.state.runs.get(Number(path.run_id));
  return run?.repositoryId === repository.id ? run : undefined;
}
