import type { Repository } from "./repository.ts";

/** One `pool#<repository id>#<label set>`: what relaunching in that pool has to remember. */
export type Pool = {
  readonly schema: 1;
  readonly version: number;
  readonly key: string;
  readonly repository: Repository;
  readonly labels: readonly string[];
  readonly evaluatedAtMs: number;
  /** Runners that ended idle in a row: GitHub holds the jobs, so relaunches back off. */
  readonly idleEnds: number;
  readonly backoffUntilMs: number | undefined;
  /** The last of them, so that its end counts once. */
  readonly idleRunner?: string | undefined;
  /** What plans rest on could not be read: nothing of the pool is planned before. */
  readonly plansFromMs?: number | undefined;
};

/** Labels as GitHub compares them: lower case, sorted, without doubles. */
export function labelSet(labels: readonly string[]): string[] {
  return [...new Set(labels.map((label) => label.toLowerCase()))].toSorted((a, b) => (a < b ? -1 : 1));
}

/** The pool of a job or a runner: one repository + one label set. */
export function poolKey(repositoryId: number, labels: readonly string[]): string {
  return `${repositoryId}#${JSON.stringify(labelSet(labels))}`;
}
