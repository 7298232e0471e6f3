import type { JobRecord, RunRecord } from "../state.ts";
import { runOf, type World } from "../world.ts";
import { beginCancel } from "./begin-cancel.ts";
import { cancelJob } from "./cancel-job.ts";
import { enterGroup, jobOfMember, nextTurns, runOfMember, type Entry } from "./concurrency-groups.ts";
import { awaitApproval, holdJob, queueJob } from "./job-transitions.ts";

/** Lets a new job wait for its concurrency group, for an approval, or for a runner. The answer: runs to settle. */
export function admitJob(world: World, job: JobRecord): RunRecord[] {
  if (job.concurrency === undefined) {
    askOrQueue(world, job, false);
    return [];
  }
  const entry = enterGroup(world, job.repositoryId, job.concurrency, { kind: "job", id: job.id });
  if (entry.goesOn) askOrQueue(world, job, false);
  else holdJob(world, job);
  return displace(world, entry);
}

/** Lets a new attempt of a run start, or wait for its concurrency group as a whole. The answer: runs to settle. */
export function admitRun(world: World, run: RunRecord): RunRecord[] {
  if (run.concurrency === undefined) return [run];
  const entry = enterGroup(world, run.repositoryId, run.concurrency, { kind: "run", id: run.id });
  if (!entry.goesOn) run.status = "pending";
  return [run, ...displace(world, entry)];
}

/** Lets those go on whose turn in their concurrency group has come. The answer: runs to settle. */
export function takeTurns(world: World): RunRecord[] {
  return nextTurns(world).map((member) => {
    const run = runOfMember(world, member);
    if (member.kind === "run") run.status = "queued";
    else askOrQueue(world, jobOfMember(world, member), world.habits.tellsHeldJobs);
    return run;
  });
}

/** The name of a job that an approval of an earlier attempt still holds for is asked for no second time. */
function askOrQueue(world: World, job: JobRecord, isTold: boolean): void {
  const { deployment, name } = job;
  const isProtected =
    deployment !== undefined && world.state.protectedEnvironments.has(deployment.environment.toLowerCase());
  if (isProtected && !runOf(world, job).approvedJobs.has(name)) awaitApproval(world, job);
  else queueJob(world, job, isTold);
}

function displace(world: World, { displaced }: Entry): RunRecord[] {
  return displaced.map(({ member, reason }) => {
    const run = runOfMember(world, member);
    if (member.kind === "run") beginCancel(world, run);
    else cancelJob(world, jobOfMember(world, member), [{ level: "failure", message: reason }]);
    return run;
  });
}
