import type { Commit } from "../state.ts";
import { timestamp } from "../world.ts";

/** A commit in short (`simple-commit`), as runs carry it. */
export function commitJson(commit: Commit): Record<string, unknown> {
  const person = personJson(commit.author);
  return {
    id: commit.sha,
    tree_id: commit.treeSha,
    message: commit.message,
    timestamp: timestamp(commit.atMs),
    author: person,
    committer: person,
  };
}

/** The author of a commit. */
export function personJson(login: string): { name: string; email: string } {
  return { name: login, email: `${login}@users.noreply.github.com` };
}
