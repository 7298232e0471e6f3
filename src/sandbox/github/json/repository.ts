import { nodeId } from "../ids.ts";
import type { RepositoryRecord } from "../state.ts";
import { fullName, timestamp, type World } from "../world.ts";
import { userJson } from "./user.ts";

const API_PATHS = {
  archive_url: "/{archive_format}{/ref}",
  assignees_url: "/assignees{/user}",
  blobs_url: "/git/blobs{/sha}",
  branches_url: "/branches{/branch}",
  collaborators_url: "/collaborators{/collaborator}",
  comments_url: "/comments{/number}",
  commits_url: "/commits{/sha}",
  compare_url: "/compare/{base}...{head}",
  contents_url: "/contents/{+path}",
  contributors_url: "/contributors",
  deployments_url: "/deployments",
  downloads_url: "/downloads",
  events_url: "/events",
  forks_url: "/forks",
  git_commits_url: "/git/commits{/sha}",
  git_refs_url: "/git/refs{/sha}",
  git_tags_url: "/git/tags{/sha}",
  hooks_url: "/hooks",
  issue_comment_url: "/issues/comments{/number}",
  issue_events_url: "/issues/events{/number}",
  issues_url: "/issues{/number}",
  keys_url: "/keys{/key_id}",
  labels_url: "/labels{/name}",
  languages_url: "/languages",
  merges_url: "/merges",
  milestones_url: "/milestones{/number}",
  notifications_url: "/notifications{?since,all,participating}",
  pulls_url: "/pulls{/number}",
  releases_url: "/releases{/id}",
  stargazers_url: "/stargazers",
  statuses_url: "/statuses/{sha}",
  subscribers_url: "/subscribers",
  subscription_url: "/subscription",
  tags_url: "/tags",
  teams_url: "/teams",
  trees_url: "/git/trees{/sha}",
};

const SETTINGS = {
  homepage: null,
  language: null,
  license: null,
  mirror_url: null,
  forks: 0,
  forks_count: 0,
  stargazers_count: 0,
  watchers: 0,
  watchers_count: 0,
  open_issues: 0,
  open_issues_count: 0,
  size: 108,
  is_template: false,
  topics: [],
  has_issues: true,
  has_projects: true,
  has_wiki: true,
  has_pages: false,
  has_downloads: true,
  has_discussions: false,
  archived: false,
  disabled: false,
  allow_forking: true,
  web_commit_signoff_required: false,
};

/** URL of a repository at the fake's API. */
export function repositoryUrl(world: World, repository: RepositoryRecord): string {
  return `${world.url}/repos/${fullName(repository)}`;
}

/** URL of a repository's page. */
export function repositoryPage(repository: RepositoryRecord): string {
  return `https://github.com/${fullName(repository)}`;
}

/** A repository with what its short form has (`minimal-repository`). */
export function minimalRepositoryJson(world: World, repository: RepositoryRecord): Record<string, unknown> {
  const url = repositoryUrl(world, repository);
  return {
    id: repository.id,
    node_id: nodeId("R", repository.id),
    name: repository.name,
    full_name: fullName(repository),
    private: repository.private,
    owner: userJson(world, repository.owner),
    html_url: repositoryPage(repository),
    description: null,
    fork: repository.parentId !== undefined,
    url,
    ...Object.fromEntries(Object.entries(API_PATHS).map(([key, path]) => [key, url + path])),
  };
}

/** A repository in full, as webhooks and token answers carry it. */
export function repositoryJson(world: World, repository: RepositoryRecord): Record<string, unknown> {
  const page = repositoryPage(repository);
  return {
    ...minimalRepositoryJson(world, repository),
    created_at: timestamp(repository.createdAtMs),
    updated_at: timestamp(repository.pushedAtMs),
    pushed_at: timestamp(repository.pushedAtMs),
    git_url: page.replace(/^https/, "git") + ".git",
    ssh_url: `git@github.com:${fullName(repository)}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    ...SETTINGS,
    visibility: repository.private ? "private" : "public",
    default_branch: repository.defaultBranch,
  };
}
