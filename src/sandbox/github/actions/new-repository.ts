import type { RepositoryRecord } from "../state.ts";
import type { World } from "../world.ts";

/** Makes an empty repository, or one with the branches and commits of the repository that it is a fork of. */
export function newRepository(
  world: World,
  facts: Pick<RepositoryRecord, "owner" | "name" | "private" | "defaultBranch">,
  parent?: RepositoryRecord,
): RepositoryRecord {
  const repository: RepositoryRecord = {
    id: world.ids.next("repository"),
    ...facts,
    parentId: parent?.id,
    createdAtMs: world.now(),
    pushedAtMs: world.now(),
    branches: new Map(parent?.branches),
    commits: parent?.commits ?? new Map(),
    workflowIds: new Map(),
    runNumbers: new Map(),
    collaborators: new Map(),
    secrets: new Map(),
  };
  world.state.repositories.set(repository.id, repository);
  return repository;
}
