import { repositoryJson } from "../json/repository.ts";
import { userId, userJson } from "../json/user.ts";
import type { RunRecord } from "../state.ts";
import { fullName, repositoryOf, type World } from "../world.ts";

/** The `github` context of a run's jobs; what only the runner knows (workspace, paths) is left to it. */
export function githubContext(world: World, run: RunRecord, jobKey: string): Record<string, unknown> {
  const repository = repositoryOf(world, run);
  const { ref, pullRequest } = run;
  return {
    repository: fullName(repository),
    repository_id: String(repository.id),
    repository_owner: repository.owner,
    repository_owner_id: String(userId(world, repository.owner)),
    repository_visibility: repository.private ? "private" : "public",
    ref,
    ref_name: ref.replace(/^refs\/(heads|pull)\//, ""),
    ref_type: "branch",
    ref_protected: false,
    head_ref: pullRequest?.headBranch ?? "",
    base_ref: pullRequest?.baseBranch ?? "",
    sha: run.sha,
    event_name: run.event,
    event: {
      ...run.eventPayload,
      repository: repositoryJson(world, repository),
      sender: userJson(world, run.actor),
    },
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    retention_days: "90",
    actor: run.actor,
    actor_id: String(userId(world, run.actor)),
    triggering_actor: run.triggeringActor,
    workflow: run.name,
    workflow_ref: `${fullName(repository)}/${run.path}@${ref}`,
    workflow_sha: run.sha,
    job: jobKey,
    server_url: "https://github.com",
    api_url: world.url,
    graphql_url: `${world.url}/graphql`,
    secret_source: "Actions",
  };
}
