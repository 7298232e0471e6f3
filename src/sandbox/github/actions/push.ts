import type { RepositoryRecord, RunRecord } from "../state.ts";
import { repositoryNamed, type World } from "../world.ts";
import { createRun } from "./create-run.ts";
import { moveBranch } from "./move-branch.ts";
import { newRepository } from "./new-repository.ts";
import { readWorkflow } from "./read-workflow.ts";
import { storeCommit } from "./store-commit.ts";
import { workflowPaths } from "./workflow-paths.ts";

export type PushRequest = {
  readonly owner: string;
  readonly name: string;
  /** Default: as it was; a new repository is private. */
  readonly private?: boolean;
  /** The whole tree, path → text. */
  readonly files: Readonly<Record<string, string>>;
  readonly branch?: string;
  readonly actor?: string;
  readonly message?: string;
  /** Run this workflow file only, whatever its `on:`. */
  readonly workflow?: string;
};

/** Stores a commit, tells the App of the push and starts the workflows that it triggers. */
export async function push(
  world: World,
  request: PushRequest,
): Promise<{ repository: RepositoryRecord; sha: string; runs: RunRecord[] }> {
  const tree = new Map(Object.entries(request.files));
  const paths = workflowPaths(tree);
  if (request.workflow !== undefined && !paths.includes(request.workflow)) {
    throw new Error(`no workflow file ${request.workflow}; there is ${paths.join(", ") || "none"}`);
  }
  const files = await Promise.all(
    (request.workflow === undefined ? paths : [request.workflow]).map((path) =>
      readWorkflow(path, tree.get(path) ?? ""),
    ),
  );
  const branch = request.branch ?? "main";
  const repository = repositoryFor(world, request, branch);
  const parent = repository.branches.get(branch) ?? repository.branches.get(repository.defaultBranch);
  const [author, message] = [request.actor ?? request.owner, request.message ?? "Try Mayfly"];
  const commit = storeCommit(world, repository, { files: tree, parent, author, message });
  const body = moveBranch(world, repository, branch, commit);
  const runs = files
    .filter(({ workflow }) => request.workflow !== undefined || (workflow?.on.includes("push") ?? true))
    .map((file) =>
      createRun(world, repository, {
        file,
        event: file.workflow?.on.includes("push") === false ? "workflow_dispatch" : "push",
        eventPayload: body,
        actor: author,
        title: message.split("\n")[0] ?? "",
        ref: `refs/heads/${branch}`,
        sha: commit.sha,
        head: { repositoryId: repository.id, branch, sha: commit.sha },
      }),
    );
  return { repository, sha: commit.sha, runs };
}

function repositoryFor(world: World, { owner, name, ...request }: PushRequest, branch: string): RepositoryRecord {
  const repository =
    repositoryNamed(world, { owner, name }) ??
    newRepository(world, { owner, name, private: true, defaultBranch: branch });
  if (request.private !== undefined) repository.private = request.private;
  return repository;
}
