import { nodeId } from "../ids.ts";
import type { RunRecord } from "../state.ts";
import { repositoryOf, timestamp, type World } from "../world.ts";
import { commitJson } from "./commit.ts";
import { pullRequestMinimalJson } from "./pull-request.ts";
import { minimalRepositoryJson, repositoryPage, repositoryUrl } from "./repository.ts";
import { urlPath } from "./url-path.ts";
import { userJson } from "./user.ts";

/** A workflow run as the API and `workflow_run` payloads show it. */
export function runJson(world: World, run: RunRecord): Record<string, unknown> {
  const repository = repositoryOf(world, run);
  const api = repositoryUrl(world, repository);
  const url = `${api}/actions/runs/${run.id}`;
  const commit = repository.commits.get(run.headSha);
  const actor = userJson(world, run.actor);
  const from = world.state.repositories.get(run.headRepositoryId);
  // "empty for forks", as everybody finds out (actions/runner#3444)
  const shown = run.pullRequest?.headRepositoryId === repository.id ? [run.pullRequest] : [];
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId("WFR", run.id),
    check_suite_id: run.checkSuiteId,
    check_suite_node_id: nodeId("CS", run.checkSuiteId),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.path,
    display_title: run.title,
    run_number: run.number,
    run_attempt: run.attempt,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflowId,
    url,
    html_url: `${repositoryPage(repository)}/actions/runs/${run.id}`,
    pull_requests: shown.map((pullRequest) => pullRequestMinimalJson(world, pullRequest)),
    created_at: timestamp(run.createdAtMs),
    updated_at: timestamp(run.updatedAtMs),
    run_started_at: timestamp(run.startedAtMs),
    actor,
    triggering_actor: userJson(world, run.triggeringActor),
    referenced_workflows: [],
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${api}/check-suites/${run.checkSuiteId}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.attempt === 1 ? null : `${url}/attempts/${run.attempt - 1}`,
    workflow_url: `${api}/actions/workflows/${run.workflowId}`,
    head_commit: commit === undefined ? null : commitJson(commit),
    repository: minimalRepositoryJson(world, repository),
    head_repository: from === undefined ? null : minimalRepositoryJson(world, from),
  };
}

/** The workflow of a run as `workflow_run` payloads show it. */
export function workflowJson(world: World, run: RunRecord): Record<string, unknown> {
  const repository = repositoryOf(world, run);
  const page = repositoryPage(repository);
  const file = run.path.split("/").at(-1) ?? run.path;
  return {
    id: run.workflowId,
    node_id: nodeId("W", run.workflowId),
    name: run.name,
    path: run.path,
    state: "active",
    created_at: timestamp(repository.createdAtMs),
    updated_at: timestamp(repository.createdAtMs),
    url: `${repositoryUrl(world, repository)}/actions/workflows/${run.workflowId}`,
    html_url: `${page}/blob/${urlPath(`${repository.defaultBranch}/${run.path}`)}`,
    badge_url: `${page}/workflows/${urlPath(file)}/badge.svg`,
  };
}
