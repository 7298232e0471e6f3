import { commitJson, personJson } from "../json/commit.ts";
import { repositoryPage } from "../json/repository.ts";
import type { Commit, RepositoryRecord } from "../state.ts";
import { timestamp, type World } from "../world.ts";
import { changedFiles } from "./changed-files.ts";

const NO_COMMIT = "0".repeat(40);

/** Lets a branch point to a commit and tells the App of the push. The answer: the body of its payload. */
export function moveBranch(
  world: World,
  repository: RepositoryRecord,
  branch: string,
  commit: Commit,
): Record<string, unknown> {
  const before = repository.branches.get(branch);
  repository.branches.set(branch, commit.sha);
  repository.pushedAtMs = commit.atMs;
  const body = pushBody(repository, commit, branch, before);
  world.send({ event: "push", action: null, repository, actor: commit.author, body });
  return body;
}

function pushBody(
  repository: RepositoryRecord,
  commit: Commit,
  branch: string,
  before: string | undefined,
): Record<string, unknown> {
  const page = repositoryPage(repository);
  const parent = commit.parent === undefined ? undefined : repository.commits.get(commit.parent);
  const head = {
    ...commitJson(commit),
    timestamp: timestamp(commit.atMs),
    distinct: true,
    url: `${page}/commit/${commit.sha}`,
    ...changedFiles(parent?.files ?? new Map<string, string>(), commit.files),
  };
  return {
    ref: `refs/heads/${branch}`,
    before: before ?? NO_COMMIT,
    after: commit.sha,
    created: before === undefined,
    deleted: false,
    forced: false,
    base_ref: null,
    compare: `${page}/compare/${(before ?? NO_COMMIT).slice(0, 12)}...${commit.sha.slice(0, 12)}`,
    commits: [head],
    head_commit: head,
    pusher: personJson(commit.author),
  };
}
