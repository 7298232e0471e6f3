import type { Core } from "../core.ts";
import { everything } from "../model/indexes.ts";
import type { Job } from "../model/job.ts";

/** True when `left` gets its runner before `right`: by priority, then by queue time. */
export function isBefore(left: Job, right: Job): boolean {
  if (left.priority !== right.priority) return left.priority > right.priority;
  return left.queuedAtMs === right.queuedAtMs ? left.id < right.id : left.queuedAtMs < right.queuedAtMs;
}

/** The job that gets the next machine of a scope. */
export async function firstInLine(core: Core, scope: string): Promise<Job | undefined> {
  return (await core.store.jobs.list({ index: "waiting-for", key: scope, limit: 1 }))[0];
}

/** How many jobs wait for the scope and come before this one. */
export async function jobsAhead(core: Core, job: Job, scope: string): Promise<number> {
  const waiting = await core.store.jobs.list({ index: "waiting-for", key: scope });
  return waiting.filter((other) => other.id !== job.id && isBefore(other, job)).length;
}

/**
 * The first of these scopes in which somebody waits who comes before the job: a slot that has just become free is not
 * for whoever asks first. Costs one query as long as nobody waits for anything.
 */
export async function findLine<Scope extends { readonly scope: string }>(
  core: Core,
  job: Job,
  scopes: readonly Scope[],
): Promise<Scope | undefined> {
  if (scopes.length === 0) return undefined;
  if ((await core.store.jobs.list({ index: "waiting", key: everything, limit: 1 })).length === 0) return undefined;
  const first = await Promise.all(scopes.map(async ({ scope }) => await firstInLine(core, scope)));
  return scopes.find((_, index) => {
    const other = first[index];
    return other !== undefined && other.id !== job.id && isBefore(other, job);
  });
}
