import type { Repository } from "./repository.ts";

/** One `run#<repository id>#<run id>#<attempt>`: what reporting has written for this workflow run attempt. */
export type Run = {
  readonly schema: 1;
  readonly version: number;
  readonly key: string;
  readonly repository: Repository;
  readonly runId: number;
  readonly runAttempt: number;
  readonly workflowName: string;
  readonly headSha: string;
  /** GitHub said that the run attempt has ended. */
  readonly completedAtMs: number | undefined;
  readonly checkRunId: number | undefined;
  /** Set before a create whose reply may be lost: look the check run up before creating again. */
  readonly creatingSinceMs: number | undefined;
  /** Annotations are append-only at GitHub: so many have been sent, in the order of `annotated`. */
  readonly annotated: readonly number[];
  /** Digest of the last check run written, so that equal content is not written again. */
  readonly written: string | undefined;
  readonly writes: number;
  readonly writtenAtMs: number | undefined;
  /** Why nothing is written any more, for example the App lacks `checks: write`. */
  readonly silenced: string | undefined;
  /** When report looks at it next. */
  readonly dueAtMs: number | undefined;
};

/** Key of the record of one workflow run attempt. */
export function runKey(repositoryId: number, runId: number, runAttempt: number): string {
  return `${repositoryId}#${runId}#${runAttempt}`;
}
