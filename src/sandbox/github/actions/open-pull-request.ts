import type { PullRequestRecord } from "../pull-request-record.ts";
import type { RepositoryRecord, RunRecord } from "../state.ts";
import { fullName, repositoryNamed, type RepositoryName, type World } from "../world.ts";
import { userId } from "../json/user.ts";
import { newRepository } from "./new-repository.ts";
import { pushHead, type PullRequestChange } from "./push-head.ts";

export type PullRequestRequest = {
  /** The repository that it would change. */
  readonly repository: RepositoryName;
  /** A branch of that repository, or somebody's fork, which is made if it is not there. */
  readonly from: string | { readonly owner: string; readonly name?: string; readonly branch?: string };
  /** What it changes of the base branch: path → text, null: deleted. */
  readonly files: Readonly<Record<string, string | null>>;
  /** Default: the default branch. */
  readonly base?: string;
  /** Default: the owner of the repository that it comes from. */
  readonly author?: string;
  readonly title?: string;
};

/** Opens a pull request, tells the App of it and starts the workflows that it triggers. */
export async function openPullRequest(
  world: World,
  request: PullRequestRequest,
): Promise<{ pullRequest: PullRequestRecord; runs: RunRecord[] }> {
  const repository = repositoryNamed(world, request.repository);
  if (repository === undefined) throw new Error(`no repository ${fullName(request.repository)}`);
  const baseBranch = request.base ?? repository.defaultBranch;
  if (!repository.branches.has(baseBranch)) throw new Error(`no branch ${baseBranch}`);
  const { from } = request;
  const head = typeof from === "string" ? repository : forkOf(world, repository, from);
  const headBranch = typeof from === "string" ? from : (from.branch ?? "patch-1");
  const author = request.author ?? head.owner;
  userId(world, author);
  const number = nextNumber(world, repository);
  const pullRequest: PullRequestRecord = {
    id: world.ids.next("pullRequest"),
    number,
    repositoryId: repository.id,
    baseBranch,
    headRepositoryId: head.id,
    headOwner: head.owner,
    headBranch,
    headSha: "",
    mergeSha: "",
    author,
    title: request.title ?? "Change something",
    changes: new Map(),
    createdAtMs: world.now(),
    updatedAtMs: world.now(),
  };
  world.state.pullRequests.set(`${repository.id}#${number}`, pullRequest);
  const change: PullRequestChange = { action: "opened", author, files: request.files };
  return { pullRequest, runs: await pushHead(world, pullRequest, change) };
}

function nextNumber(world: World, { id }: RepositoryRecord): number {
  return [...world.state.pullRequests.values()].filter(({ repositoryId }) => repositoryId === id).length + 1;
}

/** A fork is as visible as what it was forked from. */
function forkOf(
  world: World,
  parent: RepositoryRecord,
  { owner, name = parent.name }: { readonly owner: string; readonly name?: string },
): RepositoryRecord {
  const known = repositoryNamed(world, { owner, name });
  if (known !== undefined && known.parentId !== parent.id) throw new Error(`${owner}/${name} is no fork`);
  const { private: isPrivate, defaultBranch } = parent;
  return known ?? newRepository(world, { owner, name, private: isPrivate, defaultBranch }, parent);
}
