import type { Core } from "../core.ts";
import { done } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { change } from "../model/change.ts";
import { githubRunnerName } from "../model/runner-name.ts";
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
    await change(core.store.runners, runner.name, (record) => ({
      ...record,
      cause: undefined,
      dueAtMs: core.clock.nowMs() + core.settings.timings.staleAfterSeconds * 1000,
    }));
    return done;
  }
  await core.compute[runner.execution]?.terminate({ runnerName: runner.name, machineId: runner.machineId });
  const endedAtMs = core.clock.nowMs();
  let first = false;
  await change(core.store.runners, runner.name, (record): Runner | undefined => {
    first = record.state !== "ended";
    return first ? { ...record, state: "ended", cause, endedAtMs, dueAtMs: undefined } : undefined;
  });
  await freeSlots(core, runner);
  if (!first) return done;
  core.log.info("runner ended", { runner: runner.name, cause });
  if (runner.jobId === undefined && (runner.state === "idle" || idleOutcomes.has(runner.outcome ?? ""))) {
    await backOff(core, runner);
  } else if (runner.jobId === undefined) await explainUnstarted(core, runner, cause);
  await wakeForFreedSlot(core, runner);
  if (runner.jobId === undefined) await requestEvaluation(core, runner);
  return done;
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
