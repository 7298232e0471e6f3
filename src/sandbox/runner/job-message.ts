import type { Defaults, Env, JobDefinition } from "../workflow/definition.ts";

/** What the fake GitHub hands to a runner: a job whose expressions are not evaluated yet, and all that they may name. */
export type JobMessage = {
  readonly jobId: number;
  readonly runId: number;
  readonly runAttempt: number;
  readonly runNumber: number;
  /** The job's name as GitHub shows it; without one its key is shown. */
  readonly name?: string;
  readonly job: JobDefinition;
  readonly workflow: { readonly name: string; readonly path: string; readonly env: Env; readonly defaults: Defaults };
  readonly matrix: Readonly<Record<string, unknown>> | null;
  readonly strategy: Readonly<Record<string, unknown>>;
  readonly needs: Readonly<Record<string, unknown>>;
  readonly github: Readonly<Record<string, unknown>>;
  readonly vars: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Path → text of the repository's files, for `uses: actions/checkout`. */
  readonly workspaceFiles?: Readonly<Record<string, string>>;
};
