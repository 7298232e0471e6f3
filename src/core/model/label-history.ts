import type { Death, PastJob } from "../planning/history.ts";

/** Key of what is remembered of jobs with a label set (see labelSetOf). */
export function labelHistoryKey(repositoryId: number, labelSet: readonly string[]): string {
  return `${repositoryId}#${JSON.stringify(labelSet)}`;
}

/** One `history#<repository id>#<label set>`: what jobs with these labels did, for plans to come. */
export type LabelHistory = {
  readonly schema: 1;
  readonly version: number;
  readonly key: string;
  /** The newest 100, oldest first. */
  readonly jobs: readonly (PastJob & { readonly jobId: number })[];
  /** The last death on Lambda, kept when the jobs after it are more than 100. */
  readonly lastDeath: { readonly died: Death; readonly jobId: number; readonly atMs: number } | undefined;
};
