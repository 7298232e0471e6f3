import type { JobRecord } from "../state.ts";
import { nodeId } from "../ids.ts";
import { repositoryOf, runOf, timestamp, timestampOrNull, type World } from "../world.ts";
import { repositoryPage, repositoryUrl } from "./repository.ts";

/** A workflow job as the API and `workflow_job` payloads show it. A handed-out job shows no runner before it starts. */
export function jobJson(world: World, job: JobRecord): Record<string, unknown> {
  const repository = repositoryOf(world, job);
  const run = runOf(world, job);
  const url = repositoryUrl(world, repository);
  const shown = job.status === "in_progress" || job.status === "completed" ? job : null;
  return {
    id: job.id,
    run_id: job.runId,
    workflow_name: run.name,
    head_branch: run.headBranch,
    run_url: `${url}/actions/runs/${job.runId}`,
    run_attempt: job.attempt,
    node_id: nodeId("CR", job.id),
    head_sha: run.headSha,
    url: `${url}/actions/jobs/${job.id}`,
    html_url: `${repositoryPage(repository)}/actions/runs/${job.runId}/job/${job.id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: timestamp(job.createdAtMs),
    started_at: timestamp(job.startedAtMs ?? job.createdAtMs),
    completed_at: timestampOrNull(job.completedAtMs),
    name: job.name,
    steps: job.steps,
    check_run_url: `${url}/check-runs/${job.id}`,
    labels: job.labels,
    runner_id: shown?.runnerId ?? null,
    runner_name: shown?.runnerName ?? null,
    runner_group_id: shown?.runnerGroupId ?? null,
    runner_group_name: shown?.runnerGroupName ?? null,
  };
}
