import type { Repository } from "./repository.ts";

/** A job as a webhook delivery (or GitHub's API) described it. */
export type JobFacts = {
  readonly id: number;
  readonly runId: number;
  readonly runAttempt: number;
  readonly name: string;
  readonly workflowName: string;
  readonly headSha: string;
  readonly headBranch: string | undefined;
  readonly htmlUrl: string | undefined;
  readonly labels: readonly string[];
  /** `queued`, `in_progress`, `completed`, `waiting`, `requested`, `pending`. */
  readonly status: string;
  readonly conclusion: string | undefined;
  readonly runnerName: string | undefined;
  /** GitHub's own id of that runner, and of its group. */
  readonly runnerId?: number | undefined;
  readonly runnerGroupId?: number | undefined;
  readonly createdAtMs: number;
  readonly startedAtMs: number | undefined;
  readonly completedAtMs: number | undefined;
};

/** What travels on the work queue. Everything in it is harmless: no token, no JIT config. */
export type Message =
  | {
      readonly kind: "job";
      readonly action: "queued" | "in_progress" | "completed" | "waiting";
      readonly delivery: string;
      readonly repository: Repository;
      readonly job: JobFacts;
    }
  | {
      /** A workflow run attempt has ended. `path`: its workflow file, when the delivery named it. */
      readonly kind: "run";
      readonly repository: Repository;
      readonly runId: number;
      readonly runAttempt: number;
      readonly path: string | undefined;
    }
  | {
      readonly kind: "pool";
      readonly pool: string;
      readonly repository: Repository;
      readonly labels: readonly string[];
    }
  | { readonly kind: "wake"; readonly jobId: number }
  | { readonly kind: "report"; readonly run: string }
  | { readonly kind: "rerun"; readonly run: string }
  /** The runs of a served repository are to be looked at. */
  | { readonly kind: "sweep"; readonly repository: Repository }
  | { readonly kind: "reap"; readonly runner: string }
  /** A run that gets no machines is to be cancelled. */
  | { readonly kind: "cancel"; readonly run: string }
  /** Files of the default branch that Mayfly reads have changed. */
  | { readonly kind: "changed"; readonly repository: Repository; readonly paths: readonly string[] }
  /**
   * Lambda gave an asynchronous invocation up. `dropped`: its event was never delivered; else the environment failed or
   * ran out of time.
   */
  | { readonly kind: "invocation-failed"; readonly runner: string; readonly dropped: boolean; readonly why: string }
  /** The cloud says something about a machine, which need not be ours: that it will end soon, or is ending. */
  | {
      readonly kind: "machine";
      readonly machineId: string;
      readonly event: "notice" | "ended";
      /** As people read it. */
      readonly why: string;
    }
  /** A pull request may change `.github/runner.yml`. */
  | { readonly kind: "lint"; readonly repository: Repository; readonly headSha: string };
