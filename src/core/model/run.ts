import type { Trust } from "../planning/plan-types.ts";
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
  /** Path of the workflow file, once a delivery or GitHub has named it. */
  readonly workflowPath: string | undefined;
  readonly checkRunId: number | undefined;
  /** Jobs whose annotation stands at GitHub, where annotations can only be appended. */
  readonly annotated: readonly number[];
  /**
   * Jobs whose annotations are being sent since when, set before the call. While it is young, another worker is at it;
   * later, or when that worker gave up (0), the reply was lost or the worker died, and GitHub is asked what it has
   * before anything is sent again.
   */
  readonly sending: { readonly jobs: readonly number[]; readonly sinceMs: number } | undefined;
  /** Digest of the last check run written, so that equal content is not written again. */
  readonly written: string | undefined;
  readonly writtenAtMs: number | undefined;
  /** Why nothing is written any more, for example the App lacks `checks: write`. */
  readonly silenced: string | undefined;
  /** When something of the run was last heard of, to a few seconds. */
  readonly heardAtMs: number | undefined;
  /** When report looks at it next. */
  readonly dueAtMs: number | undefined;
  /** What became of the re-run of its lost jobs; undefined when there was none to be asked for. */
  readonly rerun: Rerun | undefined;
  /** Whose run it is, once GitHub was asked. */
  readonly trust?: RunTrust | undefined;
  /** What became of its cancelling; undefined when there was no reason for it. */
  readonly cancel?: Cancel | undefined;
};

/** Whose a run attempt is, and what caused it. */
export type RunTrust = {
  readonly trust: Trust;
  /** Somebody with write access has started this attempt in place of who caused the run. */
  readonly approved: boolean;
  readonly event: string | undefined;
  readonly branch: string | undefined;
};

/** The cancelling of a run that gets no machines because of whose it is. */
export type Cancel = {
  /** When this became so. */
  readonly atMs: number;
  readonly outcome: "asked" | "done" | "refused" | "given-up";
  /** Why not, for people. */
  readonly detail: string | undefined;
};

/** The re-run of the jobs of a run attempt whose machines were lost. Written as `asked` before GitHub is asked. */
export type Rerun = {
  readonly jobs: readonly number[];
  readonly atMs: number;
  readonly outcome: "asked" | "done" | "refused" | "given-up";
  /** Why not, for people. */
  readonly detail: string | undefined;
};

/** True when the attempt after this one is, or may be, our re-run of its lost jobs. */
export function isRerunAsked(run: Run | undefined): boolean {
  return run?.rerun?.outcome === "asked" || run?.rerun?.outcome === "done";
}

/** Key of the record of one workflow run attempt. */
export function runKey(repositoryId: number, runId: number, runAttempt: number): string {
  return `${repositoryId}#${runId}#${runAttempt}`;
}

/** Key of the record of the workflow run attempt that a job, or an event, belongs to. */
export function runKeyOf(
  of: Pick<Run, "runId" | "runAttempt"> & { readonly repository: { readonly id: number } },
): string {
  return runKey(of.repository.id, of.runId, of.runAttempt);
}
