import { sha1 } from "../ids.ts";
import type { Commit, RepositoryRecord } from "../state.ts";
import type { World } from "../world.ts";

export type CommitRequest = {
  /** The whole tree, path → text. */
  readonly files: ReadonlyMap<string, string>;
  readonly parent: string | undefined;
  readonly author: string;
  readonly message: string;
};

/** Stores a commit; no branch points to it yet. The same content gives another sha the next time. */
export function storeCommit(world: World, repository: RepositoryRecord, request: CommitRequest): Commit {
  const { files, parent, author, message } = request;
  const atMs = world.now();
  const treeSha = sha1(`tree ${JSON.stringify([...files].toSorted(([one], [other]) => (one < other ? -1 : 1)))}`);
  const sha = sha1(`commit ${treeSha} ${parent ?? ""} ${author} ${atMs} ${repository.commits.size} ${message}`);
  const commit = { sha, treeSha, parent, message, author, atMs, files };
  repository.commits.set(sha, commit);
  return commit;
}
