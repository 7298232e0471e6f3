import { nodeId } from "../ids.ts";
import type { CheckRunRecord, JobRecord } from "../state.ts";
import { repositoryOf, runOf, timestamp, timestampOrNull, type World } from "../world.ts";
import { actionsAppJson, appJson } from "./app.ts";
import { repositoryPage, repositoryUrl } from "./repository.ts";

/** A check run of the App. */
export function checkRunJson(world: World, checkRun: CheckRunRecord): Record<string, unknown> {
  const repository = repositoryOf(world, checkRun);
  const url = `${repositoryUrl(world, repository)}/check-runs/${checkRun.id}`;
  const page = `${repositoryPage(repository)}/runs/${checkRun.id}`;
  return {
    id: checkRun.id,
    name: checkRun.name,
    node_id: nodeId("CR", checkRun.id),
    head_sha: checkRun.headSha,
    external_id: checkRun.externalId,
    url,
    html_url: page,
    details_url: checkRun.detailsUrl ?? page,
    status: checkRun.status,
    conclusion: checkRun.conclusion,
    started_at: timestamp(checkRun.startedAtMs),
    completed_at: timestampOrNull(checkRun.completedAtMs),
    output: {
      title: checkRun.title,
      summary: checkRun.summary,
      text: checkRun.text,
      annotations_count: checkRun.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: checkRun.checkSuiteId },
    app: appJson(world),
    pull_requests: [],
  };
}

/** The check run that GitHub Actions keeps for a workflow job: same id, same name as the job. */
export function jobCheckRunJson(world: World, job: JobRecord): Record<string, unknown> {
  const repository = repositoryOf(world, job);
  const run = runOf(world, job);
  const url = `${repositoryUrl(world, repository)}/check-runs/${job.id}`;
  const page = `${repositoryPage(repository)}/actions/runs/${job.runId}/job/${job.id}`;
  return {
    id: job.id,
    name: job.name,
    node_id: nodeId("CR", job.id),
    head_sha: run.headSha,
    external_id: `job-${job.id}`,
    url,
    html_url: page,
    details_url: page,
    status: job.status,
    conclusion: job.conclusion,
    started_at: timestamp(job.startedAtMs ?? job.createdAtMs),
    completed_at: timestampOrNull(job.completedAtMs),
    output: {
      title: null,
      summary: null,
      text: null,
      annotations_count: job.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.checkSuiteId },
    app: actionsAppJson(world),
    pull_requests: [],
  };
}
