import { pullRequestJson } from "../json/pull-request.ts";
import type { PullRequestRecord } from "../pull-request-record.ts";
import type { RepositoryRecord, RunRecord } from "../state.ts";
import { repositoryOf, type World } from "../world.ts";
import { withChanges } from "./changed-files.ts";
import { moveBranch } from "./move-branch.ts";
import { pullRequestRuns } from "./pull-request-runs.ts";
import { push } from "./push.ts";
import { storeCommit } from "./store-commit.ts";

export type PullRequestChange = {
  readonly action: "opened" | "synchronize";
  readonly author: string;
  /** Path → text, null: deleted. */
  readonly files: Readonly<Record<string, string | null>>;
};

/**
 * Pushes a commit to the head of a pull request, merges it on trial, tells the App, and starts the workflows that it
 * triggers; those that run on the push itself come first. Throws when the fork is gone.
 */
export async function pushHead(
  world: World,
  pullRequest: PullRequestRecord,
  { action, author, files }: PullRequestChange,
): Promise<RunRecord[]> {
  const repository = repositoryOf(world, pullRequest);
  const before = pullRequest.headSha;
  for (const [path, text] of Object.entries(files)) pullRequest.changes.set(path, text);
  const pushed = await pushCommit(world, pullRequest, repository, author, files);
  merge(world, pullRequest, repository, pushed.sha);
  const payload = {
    action,
    number: pullRequest.number,
    ...(action === "opened" ? {} : { before, after: pullRequest.headSha }),
    pull_request: pullRequestJson(world, pullRequest),
  };
  const { action: _action, ...body } = payload;
  world.send({ event: "pull_request", action, repository, actor: author, body });
  return [...pushed.runs, ...(await pullRequestRuns(world, pullRequest, author, payload))];
}

async function pushCommit(
  world: World,
  pullRequest: PullRequestRecord,
  repository: RepositoryRecord,
  author: string,
  files: PullRequestChange["files"],
): Promise<{ sha: string; runs: RunRecord[] }> {
  const head = world.state.repositories.get(pullRequest.headRepositoryId);
  if (head === undefined) throw new Error(`the fork of pull request ${pullRequest.number} is gone`);
  const { headBranch: branch, title: message } = pullRequest;
  const parent = pullRequest.headSha || repository.branches.get(pullRequest.baseBranch);
  const tree = withChanges(filesAt(repository, parent), Object.entries(files));
  if (head.id === repository.id) {
    const { owner, name } = head;
    const { sha, runs } = await push(world, {
      owner,
      name,
      files: Object.fromEntries(tree),
      branch,
      actor: author,
      message,
    });
    return { sha, runs };
  }
  // A new fork's own workflows do not run before its owner says so
  const commit = storeCommit(world, head, { files: tree, parent, author, message });
  moveBranch(world, head, branch, commit);
  return { sha: commit.sha, runs: [] };
}

/** What the base branch would be with everything that the pull request changes. */
function merge(world: World, pullRequest: PullRequestRecord, repository: RepositoryRecord, sha: string): void {
  const { number, baseBranch, changes, author } = pullRequest;
  const parent = repository.branches.get(baseBranch);
  const message = `Merge ${sha} into ${parent ?? ""}`;
  const files = withChanges(filesAt(repository, parent), changes);
  const merged = storeCommit(world, repository, { files, parent, author, message });
  pullRequest.headSha = sha;
  pullRequest.mergeSha = merged.sha;
  pullRequest.updatedAtMs = world.now();
  repository.branches.set(`refs/pull/${number}/head`, sha);
  repository.branches.set(`refs/pull/${number}/merge`, merged.sha);
}

function filesAt(repository: RepositoryRecord, sha: string | undefined): ReadonlyMap<string, string> {
  return repository.commits.get(sha ?? "")?.files ?? new Map<string, string>();
}
