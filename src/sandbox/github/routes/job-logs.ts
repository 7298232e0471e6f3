import { logUrl } from "../log-store.ts";
import { notFound, problem, type Answer } from "../rest/answer.ts";
import type { RepositoryCall } from "../rest/call.ts";

/** Logs are kept for 90 days by default; after that: rust-lang/triagebot#2241. */
const LOG_LIFE_MS = 90 * 86_400_000;

/** `actions/download-job-logs-for-workflow-run`: the way to the log of a job that has ended, whether it is kept or not. */
export function downloadJobLog({ world, repository, path }: RepositoryCall): Answer {
  const job = world.state.jobs.get(Number(path.job_id));
  if (job?.repositoryId !== repository.id || job.completedAtMs === undefined) return notFound();
  if (world.now() - job.completedAtMs > LOG_LIFE_MS) return problem(410, "Server Error");
  return { status: 302, headers: { location: logUrl(world, job) } };
}
