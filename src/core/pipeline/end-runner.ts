import type { Core } from "../core.ts";
import { done } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { change } from "../model/change.ts";
import { githubRunnerName } from "../model/runner-name.ts";
import { whyTaken } from "../model/runner.ts";
import type { Runner } from "../model/runner.ts";
import { freeSlots } from "../model/slots.ts";
import type { Verdict } from "../ports.ts";
import { backOff, requestEvaluation } from "./pool-request.ts";
import { explain } from "./wait.ts";
import { wakeForFreedSlot } from "./wake-request.ts";

/** Outcomes of a host whose runner stood idle: GitHub may be holding the jobs. */
const idleOutcomes: ReadonlySet<string> = new Set(["idle", "no-job"]);

/**
 * Ends a runner in the one safe order: first GitHub's registration, which GitHub refuses while a job runs on it (then
 * it is left alone), then the machine, then the record, the slots and whoever waits for them.
 */
export async function endRunner(core: Core, runner: Runner, cause: string): Promise<Verdict> {
  if (!(await unregister(core, runner))) {
    // GitHub lets go of a dead machine's runner when its job's lock lapses; the machine's place is free already.
    if (runner.machineEnded !== undefined) await releaseSlots(core, runner);
    await change(core.store.runners, runner.name, (record) => ({
      ...record,
      cause: undefined,
      dueAtMs: core.clock.nowMs() + core.settings.timings.staleAfterSeconds * 1000,
    }));
    return done;
  }
  const lookAgainAtMs = await endMachines(core, runner);
  if (lookAgainAtMs !== undefined) {
    await change(core.store.runners, runner.name, (record) => ({ ...record, cause, dueAtMs: lookAgainAtMs }));
    await requestEvaluation(core, runner);
    return done;
  }
  const endedAtMs = core.clock.nowMs();
  let first = false;
  await change(core.store.runners, runner.name, (record): Runner | undefined => {
    first = record.state !== "ended";
    return first ? { ...record, state: "ended", cause, endedAtMs, dueAtMs: undefined } : undefined;
  });
  if (!first) {
    await freeSlots(core, runner);
    return done;
  }
  core.log.info("runner ended", { runner: runner.name, cause });
  // that a machine stood idle which its cloud took says nothing about its jobs
  if (
    runner.jobId === undefined &&
    whyTaken(runner) === undefined &&
    (runner.state === "idle" || idleOutcomes.has(runner.outcome ?? ""))
  ) {
    await backOff(core, runner);
  } else if (runner.jobId === undefined) await explainUnstarted(core, runner, cause);
  await releaseSlots(core, runner);
  if (runner.jobId === undefined) await requestEvaluation(core, runner);
  return done;
}

async function releaseSlots(core: Core, runner: Runner): Promise<void> {
  await freeSlots(core, runner);
  await wakeForFreedSlot(core, runner);
}

/**
 * Ends the runner's machine. A launch whose reply never came may have launched one that the list does not show yet:
 * then resolves with the time at which the list is sure to show it.
 */
async function endMachines(core: Core, runner: Runner): Promise<number | undefined> {
  const provider = core.compute[runner.execution];
  if (provider === undefined || runner.machineEnded !== undefined) return undefined;
  const { name: runnerName, machineId } = runner;
  const listed = machineId === undefined && runner.unsure ? await provider.list(runnerName) : undefined;
  if (listed === undefined) {
    await provider.terminate({ runnerName, machineId });
    return undefined;
  }
  await Promise.all(
    listed.filter((machine) => machine.ended === undefined).map(async (machine) => await provider.terminate(machine)),
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
    return id === undefined || (await core.github.deleteRunner(runner.repository, id)) !== "busy";
  } catch (error) {
    // Without the permission or the repository there is nothing to delete; GitHub removes it within a day.
    if (isCallError(error, "forbidden", "not-found")) return true;
    throw error;
  }
}

/** The reply of the last mint was lost: its runner may stand at GitHub under the name that it was to get. */
async function findRegistration(core: Core, runner: Runner): Promise<number | undefined> {
  return (await core.github.findRunner(runner.repository, githubRunnerName(runner.name, runner.mints)))?.id;
}
