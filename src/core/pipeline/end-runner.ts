import type { Core } from "../core.ts";
import { again, done } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { change } from "../model/change.ts";
import { githubRunnerName } from "../model/runner-name.ts";
import { whyTaken } from "../model/runner.ts";
import type { Runner } from "../model/runner.ts";
import { extendSlots, freeSlots } from "../model/slots.ts";
import { runnerMay } from "../model/transitions.ts";
import type { Verdict } from "../ports.ts";
import { backOff, requestEvaluation } from "./pool-request.ts";
import { rememberHistory } from "./after-job.ts";
import { noteSpending } from "./spending.ts";
import { explain } from "./wait.ts";
import { wakeForFreedSlot } from "./wake-request.ts";

/** Outcomes of a host whose runner stood idle: GitHub may be holding the jobs. */
const idleOutcomes: ReadonlySet<string> = new Set(["idle", "no-job"]);

/**
 * Ends a runner in the one safe order: first GitHub's registration, which GitHub refuses while a job runs on it (then
 * it is left alone), then the machine, then the record, the slots and whoever waits for them.
 */
export async function endRunner(core: Core, seen: Runner, cause: string): Promise<Verdict> {
  // First: once its end begins it counts as no supply, and its pool must not launch the next one at once.
  if (stoodIdle(seen)) await backOff(core, seen);
  const runner = await beginEnd(core, seen);
  if (runner === undefined) return again(1, "the runner has changed in the meantime");
  const answeredAtMs = mintAnsweredAtMs(core, runner);
  if (core.clock.nowMs() < answeredAtMs) {
    await change(core.store.runners, runner.name, (record) => ({ ...record, cause, dueAtMs: answeredAtMs }));
    await requestEvaluation(core, runner);
    return done;
  }
  if (!(await unregister(core, runner))) {
    // GitHub lets go of a dead machine's runner when its job's lock lapses; the machine's place is free already.
    if (runner.machineEnded !== undefined) {
      await releaseSlots(core, runner);
      await wakeForFreedSlot(core, runner);
    }
    const dueAtMs = core.clock.nowMs() + core.settings.timings.staleAfterSeconds * 1000;
    await change(core.store.runners, runner.name, (record): Runner => {
      // It runs a job that we have not heard of yet, so it is nobody else's supply any more.
      const state = runnerMay(record.state, "busy") ? "busy" : record.state;
      return { ...record, state, cause: undefined, endingSinceMs: undefined, dueAtMs };
    });
    if (runner.jobId === undefined) await requestEvaluation(core, runner);
    return done;
  }
  const lookAgainAtMs = await endMachines(core, runner);
  if (lookAgainAtMs !== undefined) {
    await change(core.store.runners, runner.name, (record) => ({ ...record, cause, dueAtMs: lookAgainAtMs }));
    await requestEvaluation(core, runner);
    return done;
  }
  // Before the record ends: if this process dies in between, the next one comes here again.
  await releaseSlots(core, runner);
  const endedAtMs = core.clock.nowMs();
  let first = false;
  await change(core.store.runners, runner.name, (record): Runner | undefined => {
    first = record.state !== "ended";
    return first ? { ...record, state: "ended", cause, endedAtMs, dueAtMs: undefined } : undefined;
  });
  if (!first) return done;
  core.log.info("runner ended", { runner: runner.name, cause });
  if (runner.jobId === undefined && !stoodIdle(runner)) await explainUnstarted(core, runner, cause);
  await wakeForFreedSlot(core, runner);
  if (runner.jobId === undefined) await requestEvaluation(core, runner);
  // Last: these go into records that many runners share, and nobody comes here again when one of them cannot be written.
  await noteSpending(core, runner);
  await rememberHistory(core, runner);
  return done;
}

/** That a machine stood idle which its cloud took says nothing about its jobs, unless its time was over all the same. */
function stoodIdle(runner: Runner): boolean {
  if (runner.jobId !== undefined) return false;
  if (runner.outcome === "idle") return true;
  if (whyTaken(runner) !== undefined) return false;
  return runner.state === "idle" || idleOutcomes.has(runner.outcome ?? "");
}

/**
 * From now on no process of its machine can claim it. Undefined when the record is not what the end was decided by any
 * more: then somebody has to decide anew.
 */
async function beginEnd(core: Core, seen: Runner): Promise<Runner | undefined> {
  const nowMs = core.clock.nowMs();
  const after = await change(core.store.runners, seen.name, (record): Runner | undefined =>
    record.state === "ended" || record.endingSinceMs !== undefined || !isAsSeen(record, seen)
      ? undefined
      : { ...record, endingSinceMs: nowMs },
  );
  return after !== undefined && isAsSeen(after, seen) ? after : undefined;
}

function isAsSeen(record: Runner, seen: Runner): boolean {
  if (record.state === "ended") return true;
  return record.claimId === seen.claimId && record.jobId === seen.jobId && record.mints === seen.mints;
}

/** A claim that was under way when the end began may still register a runner: until then nobody knows its id. */
function mintAnsweredAtMs(core: Core, { mintedAtMs, githubRunnerId }: Runner): number {
  if (mintedAtMs === undefined || githubRunnerId !== undefined) return 0;
  return mintedAtMs + core.settings.timings.callPatienceSeconds * 1000;
}

/**
 * Gives the runner's slots back. A machine that nobody can end keeps them until its listener has heard that its
 * registration is gone.
 */
async function releaseSlots(core: Core, runner: Runner): Promise<void> {
  const { lingerSeconds } = core.compute[runner.execution]?.traits ?? {};
  const lingers = lingerSeconds !== undefined && runner.claimId !== undefined && runner.hostEndedAtMs === undefined;
  if (lingers) await extendSlots(core, runner, core.clock.nowMs() + lingerSeconds * 1000);
  else await freeSlots(core, runner);
}

/**
 * Ends the runner's machine. A launch whose reply never came may have launched one that the list does not show yet:
 * then resolves with the time at which the list is sure to show it.
 */
async function endMachines(core: Core, runner: Runner): Promise<number | undefined> {
  const provider = core.compute[runner.execution];
  if (provider === undefined || runner.machineEnded !== undefined) return undefined;
  const { name: runnerName, machineId, region } = runner;
  const listed = machineId === undefined && runner.unsure ? await provider.list({ region, runnerName }) : undefined;
  if (listed === undefined) {
    await provider.terminate({ runnerName, machineId, region });
    return undefined;
  }
  await Promise.all(
    listed
      .filter((machine) => machine.ended === undefined)
      .map(async (machine) => await provider.terminate({ ...machine, region })),
  );
  const sureAtMs = runner.calledAtMs + core.settings.timings.unknownMachineSeconds * 1000;
  return listed.length > 0 || core.clock.nowMs() >= sureAtMs ? undefined : sureAtMs;
}

/** The author of the job in whose name it was launched may wonder why nothing has started yet. */
async function explainUnstarted(core: Core, runner: Runner, cause: string): Promise<void> {
  const job = await core.store.jobs.read(String(runner.namedForJobId));
  if (job !== undefined) await explain(core, job, "MF-RUNNER-UNSTARTED", `${runner.name}: ${cause}`);
}

/** Deletes the runner at GitHub. False when GitHub says that it is busy. */
async function unregister(core: Core, runner: Runner): Promise<boolean> {
  // An ephemeral runner that has done its job is gone at GitHub by itself.
  if (runner.mints === 0 || (runner.jobId !== undefined && runner.hostEndedAtMs !== undefined)) return true;
  try {
    const id = runner.githubRunnerId ?? (await findRegistration(core, runner));
    return id === undefined || (await core.github.deleteRunner(runner, id)) !== "busy";
  } catch (error) {
    // Without the permission or the repository there is nothing to delete; GitHub removes it within a day.
    if (isCallError(error, "forbidden", "not-found")) return true;
    throw error;
  }
}

/** The reply of the last mint was lost: its runner may stand at GitHub under the name that it was to get. */
export async function findRegistration(core: Core, runner: Runner): Promise<number | undefined> {
  return (await core.github.findRunner(runner, githubRunnerName(runner.name, runner.mints)))?.id;
}
