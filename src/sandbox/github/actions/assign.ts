import { isOpenTo } from "../organization-record.ts";
import type { JobRecord, RunnerRecord } from "../state.ts";
import { groupOf } from "../runners/runner-home.ts";
import { repositoryOf, type World } from "../world.ts";
import { isHeldByMatrix } from "./held-by-matrix.ts";
import { handOut } from "./job-transitions.ts";

/**
 * Hands queued jobs to runners that wait for a message: the oldest job first, to any runner of its repository or of an
 * open group of its organisation whose labels contain all of the job's (without regard to case), as long as its matrix
 * allows one more. Which runner was launched for which job is nobody's business here.
 */
export function assign(world: World): void {
  for (const job of world.state.jobs.values()) {
    if (job.status !== "queued" || job.hosted || job.handedOutAtMs !== undefined) continue;
    if (isHeldByMatrix(world, job)) continue;
    const runners = [...world.state.runners.values()].filter((runner) => canRun(world, runner, job));
    const chosen = runners[world.pick(runners.length)];
    if (chosen === undefined) continue;
    handOut(world, job, chosen);
    chosen.poll?.("message");
  }
}

function canRun(world: World, runner: RunnerRecord, job: JobRecord): boolean {
  if (runner.poll === undefined || runner.jobId !== undefined || !serves(world, runner, job)) return false;
  if (job.group !== undefined && job.group !== groupOf(runner).name) return false;
  const has = new Set(runner.labels.map((label) => label.toLowerCase()));
  return job.labels.every((label) => has.has(label.toLowerCase()));
}

function serves(world: World, { home }: RunnerRecord, job: JobRecord): boolean {
  if ("repositoryId" in home) return home.repositoryId === job.repositoryId;
  const repository = repositoryOf(world, job);
  const isOwner = home.organization.login.toLowerCase() === repository.owner.toLowerCase();
  return isOwner && isOpenTo(home.group, repository);
}
