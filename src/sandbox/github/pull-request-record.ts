/** A pull request as the fake remembers it; it stays open. */
export type PullRequestRecord = {
  readonly id: number;
  readonly number: number;
  /** The repository that it would change. */
  readonly repositoryId: number;
  readonly baseBranch: string;
  /** Where its code comes from: the same repository, or a fork that may be gone. */
  readonly headRepositoryId: number;
  readonly headOwner: string;
  readonly headBranch: string;
  headSha: string;
  /** Of the trial merge into the base branch: what jobs of `pull_request` work on. */
  mergeSha: string;
  readonly author: string;
  readonly title: string;
  /** What it changes: path → text, null: deleted. */
  readonly changes: Map<string, string | null>;
  readonly createdAtMs: number;
  updatedAtMs: number;
};
