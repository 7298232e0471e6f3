import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { change } from "../model/change.ts";
import type { Repository } from "../model/repository.ts";
import { newRun } from "../model/new-run.ts";
import { isRerunAsked, runKeyOf } from "../model/run.ts";
import type { Run, RunTrust } from "../model/run.ts";
import { strangersEvents } from "../planning/trust.ts";
import type { JobFacts, RunFacts } from "../ports.ts";

export type JobOfRun = Pick<JobFacts, "runId" | "runAttempt" | "workflowName" | "headSha">;

/** Where the policy makes no difference between people, nobody is asked about them. */
const everybody: RunTrust = {
  trust: { kind: "trusted" },
  approved: false,
  event: undefined,
  branch: undefined,
};

/**
 * Whose a run attempt is, as GitHub knows it: one call for an attempt, kept in its record when there is one. The webhook
 * does not tell. Rejects when GitHub does not answer: a job is never planned on a guess.
 */
export async function readRunTrust(core: Core, repository: Repository, job: JobOfRun): Promise<RunTrust> {
  return core.policy.forkPullRequests === "allow" ? everybody : await findRunTrust(core, repository, job);
}

/** The same, whatever the policy says. A run that GitHub does not know counts as a stranger's. */
export async function findRunTrust(core: Core, repository: Repository, job: JobOfRun): Promise<RunTrust> {
  const ofRun = { ...job, repository };
  const key = runKeyOf(ofRun);
  const known = await core.store.runs.read(key);
  if (known?.trust !== undefined) return known.trust;
  // Our own re-run of lost jobs is whose the attempt before was, though an App has started it.
  const before =
    job.runAttempt < 2 ? undefined : await core.store.runs.read(runKeyOf({ ...ofRun, runAttempt: job.runAttempt - 1 }));
  if (before?.trust !== undefined && isRerunAsked(before)) return before.trust;
  const run = await core.github.readRun(repository, job.runId);
  const { event, headBranch: branch } = run ?? {};
  const trust = await trustOf(core, repository, run);
  const approved = trust.kind !== "trusted" && (await isApproved(core, repository, run));
  const found: RunTrust = { trust, approved, event, branch };
  // Kept, so that the next job of the run needs no call; whoever was first has found the same.
  const add = (record: Run): Run => ({
    ...record,
    trust: record.trust ?? found,
    workflowPath: record.workflowPath ?? run?.path,
  });
  const written = known === undefined && (await core.store.runs.write(add(newRun(ofRun))));
  // Only what is missing: the jobs of a big run are planned together, and who writes all the same holds up the others.
  if (!written) await change(core.store.runs, key, (record) => (record.trust === undefined ? add(record) : undefined));
  return found;
}

async function trustOf(core: Core, repository: Repository, run: RunFacts | undefined): Promise<RunTrust["trust"]> {
  if (run?.headRepository?.id !== repository.id) return { kind: "fork", from: run?.headRepository?.fullName };
  if (!strangersEvents.has(run.event)) return { kind: "trusted" };
  if (run.actor !== undefined && (await mayWrite(core, repository, run.actor))) return { kind: "trusted" };
  return { kind: "untrusted", event: run.event, actor: run.actor };
}

/** Somebody else than who caused the run has started this attempt, and may write to the repository. */
async function isApproved(core: Core, repository: Repository, run: RunFacts | undefined): Promise<boolean> {
  const { actor, triggeringActor } = run ?? {};
  if (triggeringActor === undefined || triggeringActor === actor) return false;
  return await mayWrite(core, repository, triggeringActor);
}

/** Without the permission to ask nobody is known to have write access. */
async function mayWrite(core: Core, repository: Repository, login: string): Promise<boolean> {
  try {
    return await core.github.mayWrite(repository, login);
  } catch (error) {
    if (!isCallError(error, "forbidden", "not-found")) throw error;
    core.log.warn("write access could not be read", { repository: repository.id, detail: error.message });
    return false;
  }
}
