import { nodeId } from "../ids.ts";
import type { DeploymentRecord, JobRecord, RepositoryRecord } from "../state.ts";
import { repositoryOf, runOf, timestamp, type World } from "../world.ts";
import { repositoryPage, repositoryUrl } from "./repository.ts";
import { userJson } from "./user.ts";

/** The deployment that GitHub makes of a job with an environment; webhooks of the job carry it. */
export function deploymentJson(world: World, job: JobRecord, deployment: DeploymentRecord): Record<string, unknown> {
  const repository = repositoryOf(world, job);
  const run = runOf(world, job);
  const api = repositoryUrl(world, repository);
  const url = `${api}/deployments/${deployment.id}`;
  return {
    url,
    id: deployment.id,
    node_id: nodeId("DE", deployment.id),
    sha: run.headSha,
    ref: run.headBranch,
    task: "deploy",
    payload: {},
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: null,
    creator: userJson(world, run.actor),
    created_at: timestamp(job.createdAtMs),
    updated_at: timestamp(job.createdAtMs),
    statuses_url: `${url}/statuses`,
    repository_url: api,
  };
}

/** The id of an environment; one that nobody has named yet gets one. */
export function environmentId(world: World, repository: RepositoryRecord, name: string): number {
  const key = `${repository.id}#${name.toLowerCase()}`;
  const known = world.state.environments.get(key);
  if (known !== undefined) return known;
  const id = world.ids.next("environment");
  world.state.environments.set(key, id);
  return id;
}

/** An environment whose jobs wait for an approval, as `actions/get-pending-deployments-for-run` shows it. */
export function pendingDeploymentJson(
  world: World,
  repository: RepositoryRecord,
  name: string,
): Record<string, unknown> {
  const id = environmentId(world, repository, name);
  return {
    environment: {
      id,
      node_id: nodeId("EN", id),
      name,
      url: `${repositoryUrl(world, repository)}/environments/${encodeURIComponent(name)}`,
      html_url: `${repositoryPage(repository)}/deployments/activity_log?environments_filter=${encodeURIComponent(name)}`,
    },
    wait_timer: 0,
    wait_timer_started_at: null,
    current_user_can_approve: true,
    reviewers: [{ type: "User", reviewer: userJson(world, repository.owner) }],
  };
}
