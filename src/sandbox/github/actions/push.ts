import { sha1 } from "../ids.ts";
import { commitJson, personJson } from "../json/commit.ts";
import { repositoryPage } from "../json/repository.ts";
import type { Commit, RepositoryRecord, RunRecord } from "../state.ts";
import { timestamp, type World } from "../world.ts";
import { readWorkflow } from "./read-workflow.ts";
import { createRun } from "./create-run.ts";

export type PushRequest = {
  readonly owner: string;
  readonly name: string;
  readonly private: boolean;
  /** The whole tree, path → text. */
  readonly files: Readonly<Record<string, string>>;
  readonly branch?: string;
  readonly actor?: string;
  readonly message?: string;
  /** Run this workflow file only, whatever its `on:`. */
  readonly workflow?: string;
};

const WORKFLOW_FILE = /^\.github\/workflows\/[^/]+\.ya?ml$/;
const NO_COMMIT = "0".repeat(40);

/** Stores a commit, tells the App of the push and starts the workflows that it triggers. */
export async function push(
  world: World,
  request: PushRequest,
): Promise<{ repository: RepositoryRecord; sha: string; runs: RunRecord[] }> {
  const paths = Object.keys(request.files).filter((path) => WORKFLOW_FILE.test(path));
  if (request.workflow !== undefined && !paths.includes(request.workflow)) {
    throw new Error(`no workflow file ${request.workflow}; there is ${paths.join(", ") || "none"}`);
  }
  const files = await Promise.all(
    (request.workflow === undefined ? paths : [request.workflow]).map((path) =>
      readWorkflow(path, request.files[path] ?? ""),
    ),
  );
  const branch = request.branch ?? "main";
  const repository = repositoryFor(world, request, branch);
  const before = repository.branches.get(branch);
  const commit = store(world, repository, request, branch);
  const body = pushBody(repository, commit, branch, before);
  world.send({ event: "push", action: null, repository, actor: commit.author, body });
  const runs = files
    .filter(({ workflow }) => request.workflow !== undefined || (workflow?.on.includes("push") ?? true))
    .map((file) =>
      createRun(world, repository, {
        file,
        event: file.workflow?.on.includes("push") === false ? "workflow_dispatch" : "push",
        eventPayload: body,
        branch,
        commit,
      }),
    );
  return { repository, sha: commit.sha, runs };
}

function repositoryFor(world: World, { owner, name, ...request }: PushRequest, branch: string): RepositoryRecord {
  const known = [...world.state.repositories.values()].find((item) => item.owner === owner && item.name === name);
  if (known !== undefined) return known;
  const repository: RepositoryRecord = {
    id: world.ids.next("repository"),
    owner,
    name,
    private: request.private,
    defaultBranch: branch,
    createdAtMs: world.now(),
    pushedAtMs: world.now(),
    branches: new Map(),
    commits: new Map(),
    workflowIds: new Map(),
    runNumbers: new Map(),
  };
  world.state.repositories.set(repository.id, repository);
  return repository;
}

function store(world: World, repository: RepositoryRecord, request: PushRequest, branch: string): Commit {
  const files = new Map(Object.entries(request.files));
  const parent = repository.branches.get(branch);
  const message = request.message ?? "Try Mayfly";
  const author = request.actor ?? request.owner;
  const atMs = world.now();
  const treeSha = sha1(`tree ${JSON.stringify([...files].toSorted(([one], [other]) => (one < other ? -1 : 1)))}`);
  const sha = sha1(`commit ${treeSha} ${parent ?? ""} ${author} ${atMs} ${repository.commits.size} ${message}`);
  const commit = { sha, treeSha, parent, message, author, atMs, files };
  repository.commits.set(sha, commit);
  repository.branches.set(branch, sha);
  repository.pushedAtMs = atMs;
  return commit;
}

function pushBody(
  repository: RepositoryRecord,
  commit: Commit,
  branch: string,
  before: string | undefined,
): Record<string, unknown> {
  const page = repositoryPage(repository);
  const head = {
    ...commitJson(commit),
    timestamp: timestamp(commit.atMs),
    distinct: true,
    url: `${page}/commit/${commit.sha}`,
    added: [],
    removed: [],
    modified: [...commit.files.keys()].slice(0, 300),
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
