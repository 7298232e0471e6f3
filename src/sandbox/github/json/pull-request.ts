import { nodeId } from "../ids.ts";
import type { PullRequestRecord } from "../pull-request-record.ts";
import type { RepositoryRecord } from "../state.ts";
import { repositoryOf, timestamp, type World } from "../world.ts";
import { repositoryJson, repositoryPage, repositoryUrl } from "./repository.ts";
import { userJson } from "./user.ts";

/** A pull request as webhooks carry it. The repository of its head is null when the fork is gone. */
export function pullRequestJson(world: World, pullRequest: PullRequestRecord): Record<string, unknown> {
  const base = repositoryOf(world, pullRequest);
  const page = `${repositoryPage(base)}/pull/${pullRequest.number}`;
  return {
    id: pullRequest.id,
    node_id: nodeId("PR", pullRequest.id),
    number: pullRequest.number,
    state: "open",
    locked: false,
    title: pullRequest.title,
    user: userJson(world, pullRequest.author),
    body: null,
    ...addresses(world, pullRequest, base),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    created_at: timestamp(pullRequest.createdAtMs),
    updated_at: timestamp(pullRequest.updatedAtMs),
    closed_at: null,
    merged_at: null,
    merge_commit_sha: pullRequest.mergeSha,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: [],
    milestone: null,
    draft: false,
    head: headJson(world, pullRequest),
    base: sideJson(world, base, pullRequest.baseBranch, base.branches.get(pullRequest.baseBranch) ?? ""),
    author_association: association(base, pullRequest.author),
    auto_merge: null,
    active_lock_reason: null,
    merged: false,
    mergeable: null,
    rebaseable: null,
    mergeable_state: "unknown",
    merged_by: null,
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: 1,
    additions: pullRequest.changes.size,
    deletions: 0,
    changed_files: pullRequest.changes.size,
  };
}

/** The short form (`pull-request-minimal`) that runs carry. */
export function pullRequestMinimalJson(world: World, pullRequest: PullRequestRecord): Record<string, unknown> {
  const repository = repositoryOf(world, pullRequest);
  const url = repositoryUrl(world, repository);
  const repo = { id: repository.id, url, name: repository.name };
  const { id, number, headBranch, headSha, baseBranch } = pullRequest;
  return {
    id,
    number,
    url: `${url}/pulls/${number}`,
    head: { ref: headBranch, sha: headSha, repo },
    base: { ref: baseBranch, sha: repository.branches.get(baseBranch) ?? "", repo },
  };
}

function addresses(world: World, { number, headSha }: PullRequestRecord, base: RepositoryRecord) {
  const api = repositoryUrl(world, base);
  const [pull, issue] = [`${api}/pulls/${number}`, `${api}/issues/${number}`];
  const urls = {
    issue_url: issue,
    commits_url: `${pull}/commits`,
    review_comments_url: `${pull}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: `${api}/statuses/${headSha}`,
  };
  return {
    url: pull,
    ...urls,
    _links: {
      self: { href: pull },
      html: { href: `${repositoryPage(base)}/pull/${number}` },
      issue: { href: issue },
      comments: { href: urls.comments_url },
      review_comments: { href: urls.review_comments_url },
      review_comment: { href: urls.review_comment_url },
      commits: { href: urls.commits_url },
      statuses: { href: urls.statuses_url },
    },
  };
}

function headJson(world: World, pullRequest: PullRequestRecord): Record<string, unknown> {
  const { headOwner, headBranch, headSha, headRepositoryId } = pullRequest;
  const head = world.state.repositories.get(headRepositoryId);
  if (head !== undefined) return sideJson(world, head, headBranch, headSha);
  const user = userJson(world, headOwner);
  return { label: `${headOwner}:${headBranch}`, ref: headBranch, sha: headSha, user, repo: null };
}

function sideJson(world: World, repository: RepositoryRecord, branch: string, sha: string): Record<string, unknown> {
  return {
    label: `${repository.owner}:${branch}`,
    ref: branch,
    sha,
    user: userJson(world, repository.owner),
    repo: repositoryJson(world, repository),
  };
}

function association(base: RepositoryRecord, author: string): string {
  if (author.toLowerCase() === base.owner.toLowerCase()) return "OWNER";
  return base.collaborators.has(author.toLowerCase()) ? "COLLABORATOR" : "NONE";
}
