/** What a person may do in a repository, from the most to the least. */
export type Role = "admin" | "maintain" | "write" | "triage" | "read";

export type Commit = {
  readonly sha: string;
  readonly treeSha: string;
  readonly parent: string | undefined;
  readonly message: string;
  readonly author: string;
  readonly atMs: number;
  readonly files: ReadonlyMap<string, string>;
};

/** A repository as the fake remembers it. */
export type RepositoryRecord = {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  private: boolean;
  /** The repository that it is a fork of. */
  readonly parentId: number | undefined;
  readonly defaultBranch: string;
  readonly createdAtMs: number;
  pushedAtMs: number;
  /** Branch, or `refs/pull/NUMBER/head` and `…/merge` → sha. */
  readonly branches: Map<string, string>;
  /** The same map as that of its forks: GitHub keeps their commits in one place, and finds each by any of them. */
  readonly commits: Map<string, Commit>;
  /** Workflow file path → id. */
  readonly workflowIds: Map<string, number>;
  /** Workflow file path → number of the newest run. */
  readonly runNumbers: Map<string, number>;
  /** Login in lower case → role; the owner is none of them. */
  readonly collaborators: Map<string, Role>;
  readonly secrets: Map<string, string>;
};
