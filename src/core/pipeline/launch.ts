import type { Core } from "../core.ts";
import { decide } from "../errors/decide.ts";
import type { Decision } from "../errors/decide.ts";
import { change } from "../model/change.ts";
import type { Job } from "../model/job.ts";
import { claimByMs, endByMs } from "../model/lifetime.ts";
import { runnerName } from "../model/runner-name.ts";
import type { Runner } from "../model/runner.ts";
import { freeSlots, takeSlots } from "../model/slots.ts";
import { isUnstarted, jobMay } from "../model/transitions.ts";
import type { LaunchRequest } from "../ports.ts";

export type Launched =
  /** The provider accepted it, or a runner of this name is further than that. */
  | { readonly outcome: "accepted" }
  /** Somebody else is calling the provider right now. */
  | { readonly outcome: "in-progress"; readonly afterSeconds: number }
  /** A cap is reached. */
  | { readonly outcome: "full"; readonly scope: string; readonly cap: number }
  | { readonly outcome: "failed"; readonly decision: Decision };

/**
 * Launches runner number `launchNumber` in the name of `job`, or resumes that launch from what is recorded: the name
 * follows from job and number, so duplicates collide on the record instead of launching twice. The record is written
 * before the call, and the request follows from the record alone, so a lost reply is answered with the same bytes.
 */
export async function launchRunner(core: Core, job: Job, launchNumber: number, attempt = 1): Promise<Launched> {
  const name = runnerName(core.settings.labelPrefix, job.id, launchNumber);
  const existing = await core.store.runners.read(name);
  if (existing !== undefined) return await resumeLaunch(core, job, existing, attempt);
  const runner = newRunner(core, job, name, launchNumber);
  const full = await takeSlots(core, runner);
  if (full !== undefined) return { outcome: "full", ...full };
  if (await core.store.runners.write(runner)) return await callProvider(core, job, runner, attempt);
  const other = await core.store.runners.read(name);
  return other === undefined
    ? { outcome: "in-progress", afterSeconds: 1 }
    : await resumeLaunch(core, job, other, attempt);
}

/** True when no call for this runner is under way and none was accepted: somebody has to call again, or end it. */
export function isStalled(core: Core, runner: Runner): boolean {
  return runner.state === "launching" && patienceLeftMs(core, runner) < 0;
}

/** So long the last call is left alone, whoever made it; negative when that time is over. */
function patienceLeftMs(core: Core, runner: Runner): number {
  return runner.calledAtMs + core.settings.timings.callPatienceSeconds * 1000 - core.clock.nowMs();
}

/** Takes up a stalled launch where it stopped, with the same bytes. */
export async function resumeRunner(
  core: Core,
  runner: Runner,
  attempt: number,
): Promise<{ job: Job; launched: Launched } | undefined> {
  const job = await core.store.jobs.read(String(runner.namedForJobId));
  return job && { job, launched: await resumeLaunch(core, job, runner, attempt) };
}

function newRunner(core: Core, job: Job, name: string, launchNumber: number): Runner {
  const nowMs = core.clock.nowMs();
  const execution = job.plan?.execution ?? core.settings.defaultExecution;
  return {
    schema: 1,
    version: 1,
    name,
    state: "launching",
    repository: job.repository,
    pool: job.pool,
    labels: job.labels,
    execution,
    region: core.settings.region,
    namedForJobId: job.id,
    launchNumber,
    createdAtMs: nowMs,
    calls: 1,
    calledAtMs: nowMs,
    machineId: undefined,
    claimId: undefined,
    claimedAtMs: undefined,
    mints: 0,
    githubRunnerId: undefined,
    listeningAtMs: undefined,
    jobId: undefined,
    startedAtMs: undefined,
    logGroup: undefined,
    logStream: undefined,
    exitCode: undefined,
    peakMemoryMb: undefined,
    hostEndedAtMs: undefined,
    outcome: undefined,
    cause: undefined,
    endedAtMs: undefined,
    dueAtMs: claimByMs(core, { execution, createdAtMs: nowMs }),
  };
}

async function resumeLaunch(core: Core, job: Job, runner: Runner, attempt: number): Promise<Launched> {
  if (runner.state !== "launching" || runner.claimId !== undefined) {
    await markLaunching(core, job, runner);
    return { outcome: "accepted" };
  }
  const nowMs = core.clock.nowMs();
  const leftMs = patienceLeftMs(core, runner);
  if (leftMs > 0) return { outcome: "in-progress", afterSeconds: Math.ceil(leftMs / 1000) };
  const called = { ...runner, version: runner.version + 1, calls: runner.calls + 1, calledAtMs: nowMs };
  if (!(await core.store.runners.write(called))) return { outcome: "in-progress", afterSeconds: 1 };
  return await callProvider(core, job, called, attempt);
}

/** The request follows from the record alone. */
function launchRequest(core: Core, runner: Runner): LaunchRequest {
  return {
    runnerName: runner.name,
    repositoryId: runner.repository.id,
    region: runner.region,
    claimToken: core.signer.sign(`claim:${runner.name}`),
    hostUrl: core.settings.hostUrl,
    claimByMs: claimByMs(core, runner),
    endByMs: endByMs(core, runner),
  };
}

async function callProvider(core: Core, job: Job, runner: Runner, attempt: number): Promise<Launched> {
  const provider = core.compute[runner.execution];
  try {
    if (provider === undefined) throw new Error(`no compute provider for ${runner.execution}`);
    const { machineId } = await provider.launch(launchRequest(core, runner));
    core.log.info("runner launched", { runner: runner.name, execution: runner.execution, job: job.id, machineId });
    await change(core.store.runners, runner.name, (record): Runner | undefined => {
      if (record.state === "launching") return { ...record, machineId, state: "booting" };
      // The machine was faster than the provider's answer and has claimed already.
      return record.machineId === undefined && machineId !== undefined ? { ...record, machineId } : undefined;
    });
    await markLaunching(core, job, runner);
    return { outcome: "accepted" };
  } catch (error) {
    const decision = decide(error, attempt, core.random.next());
    core.log.warn("launch failed", { runner: runner.name, outcome: decision.outcome, detail: decision.detail });
    await (decision.outcome === "refuse" ? abandonLaunch(core, runner, decision) : releaseCall(core, runner));
    return { outcome: "failed", decision };
  }
}

/** Lets the next attempt call at once: this one is over, whatever became of it. */
async function releaseCall(core: Core, runner: Runner): Promise<void> {
  await change(core.store.runners, runner.name, (record) =>
    record.state === "launching" && record.calls === runner.calls ? { ...record, calledAtMs: 0 } : undefined,
  );
}

async function abandonLaunch(core: Core, runner: Runner, decision: Decision): Promise<void> {
  await change(core.store.runners, runner.name, (record): Runner | undefined =>
    record.state === "ended"
      ? undefined
      : { ...record, state: "ended", cause: decision.detail, endedAtMs: core.clock.nowMs(), dueAtMs: undefined },
  );
  await freeSlots(core, runner);
}

async function markLaunching(core: Core, job: Job, runner: Runner): Promise<void> {
  await change(core.store.jobs, String(job.id), (record): Job | undefined => {
    if (!isUnstarted(record.state)) return undefined;
    const launches = Math.max(record.launches, runner.launchNumber);
    if (record.state === "launching" && record.launches === launches) return undefined;
    if (record.state !== "launching" && !jobMay(record.state, "launching")) return undefined;
    const launchedAtMs = record.launchedAtMs ?? runner.createdAtMs;
    return { ...record, state: "launching", launches, launchedAtMs, reason: undefined };
  });
}
