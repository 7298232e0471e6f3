import type { PullRequestRecord } from "../pull-request-record.ts";
import type { RepositoryRecord, RunRecord } from "../state.ts";
import { repositoryOf, type World } from "../world.ts";
import { createRun, type RunRequest } from "./create-run.ts";
import { triggeredWorkflows } from "./triggered-workflows.ts";

type Side = Pick<RunRequest, "ref" | "sha" | "head">;

/**
 * Starts the workflows that a pull request triggers. `pull_request` takes them from the trial merge and shows the head.
 * `pull_request_target` takes them, their code and the shown commit from the default branch (since December 2025; "the
 * `head_sha` points to the base branch, not the PR head": actions/checkout#2454).
 */
export async function pullRequestRuns(
  world: World,
  pullRequest: PullRequestRecord,
  actor: string,
  eventPayload: Record<string, unknown>,
): Promise<RunRecord[]> {
  const repository = repositoryOf(world, pullRequest);
  const sides = {
    pull_request: mergeSide(pullRequest),
    pull_request_target: targetSide(world, pullRequest, repository),
  };
  const runs: RunRecord[] = [];
  for (const [event, side] of Object.entries(sides)) {
    for (const file of await triggeredWorkflows(repository, side.sha, event)) {
      const { title } = pullRequest;
      runs.push(createRun(world, repository, { file, event, eventPayload, actor, title, pullRequest, ...side }));
    }
  }
  return runs;
}

function mergeSide({ number, mergeSha, headRepositoryId, headBranch, headSha }: PullRequestRecord): Side {
  const head = { repositoryId: headRepositoryId, branch: headBranch, sha: headSha };
  return { ref: `refs/pull/${number}/merge`, sha: mergeSha, head };
}

/** The branch that it is shown with is the pull request's, whatever the repository: a name that anybody may choose. */
function targetSide(world: World, pullRequest: PullRequestRecord, repository: RepositoryRecord): Side {
  const sha = repository.branches.get(repository.defaultBranch) ?? "";
  const repositoryId = world.habits.targetRunsShowFork ? pullRequest.headRepositoryId : repository.id;
  return {
    ref: `refs/heads/${repository.defaultBranch}`,
    sha,
    head: { repositoryId, branch: pullRequest.headBranch, sha },
  };
}
