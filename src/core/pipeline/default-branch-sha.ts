import type { Repository } from "../model/repository.ts";
import type { JobFacts } from "../ports.ts";

/** What tells which commit of which branch a job is of. */
export type JobOfBranch = Pick<JobFacts, "headBranch" | "headSha">;

/**
 * The commit of a job of the default branch: the push that caused it may have changed what plans rest on, and its own
 * delivery may come later than the job's. Undefined for every other job.
 */
export function defaultBranchSha(
  { defaultBranch }: Repository,
  { headBranch, headSha }: JobOfBranch,
): string | undefined {
  return defaultBranch !== undefined && headBranch === defaultBranch ? headSha : undefined;
}
