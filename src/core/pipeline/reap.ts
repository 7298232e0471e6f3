import type { Core } from "../core.ts";
import { again, done } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { change } from "../model/change.ts";
import { githubRunnerName } from "../model/runner-name.ts";
import type { Runner } from "../model/runner.ts";
import { freeSlots } from "../model/slots.ts";
import type { Verdict } from "../ports.ts";
import { backOff, requestEvaluation } from "./evaluate-pool.ts";
import { verifyJob } from "./verify-job.ts";
import { wakeForFreedSlot } from "./wait.ts";

/** Outcomes of a host whose runner stood idle: GitHub may be holding the jobs. */
const idleOutcomes: ReadonlySet<string> = new Set(["idle", "no-job"]);

/** Looks at the runner after `afterSeconds`: sets its due time (the schedule's net) and sends the message. */
export async function reapAt(core: Core, runner: Runner, afterSeconds: number, cause?: string): Promise<void> {
  const dueAtMs = core.clock.nowMs() + afterSeconds * 1000;
  const after = await change(core.store.runners, runner.name, (record) =>
    record.state === "ended" ? undefined : { ...record, dueAtMs, cause: cause ?? record.cause },
  );
  if (after === undefined || after.state === "ended") return;
  const group = String(runner.repository.id);
  await core.queue.send([{ message: { kind: "reap", runner: runner.name }, group, delaySeconds: afterSeconds }]);
}

/**
 * Looks at a runner whose time has come: ends it when nothing needs it any more, else says when to look again. A
 * runner that works is left alone until GitHub says that its job has ended.
 */
export async function reap(core: Core, name: string): Promise<Verdict> {
  const runner = await core.store.runners.read(name);
  if (runner === undefined || runner.state === "ended" || runner.dueAtMs === undefined) return done;
  if (core.clock.nowMs() < runner.dueAtMs) return done;
  if (runner.jobId !== undefined) return await reapBusy(core, runner, runner.jobId);
  return await endRunner(core, runner, causeOf(core, runner));
}

function causeOf(core: Core, runner: Runner): string {
  if (runner.cause !== undefined) return runner.cause;
  const { bootSeconds, idleSeconds } = core.settings.timings;
  if (runner.claimId === undefined) {
    return `not claimed within ${core.compute[runner.execution]?.traits.claimWithinSeconds ?? 0} s`;
  }
  if (runner.hostEndedAtMs !== undefined) return `its listener ended: ${runner.outcome ?? "no reason given"}`;
  return runner.state === "idle" ? `no job within ${idleSeconds} s` : `not listening within ${bootSeconds} s`;
}

async function reapBusy(core: Core, runner: Runner, jobId: number): Promise<Verdict> {
  const job = await core.store.jobs.read(String(jobId));
  if (job?.state === "completed" || job?.state === "lost") return await endRunner(core, runner, `job ${job.state}`);
  if ((await verifyJob(core, runner, jobId)) === "ended") return again(1, "the job's end has been recorded");
  await change(core.store.runners, runner.name, (record) => ({
    ...record,
    dueAtMs: core.clock.nowMs() + core.settings.timings.staleAfterSeconds * 1000,
  }));
  return done;
}

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
  }
  await wakeForFreedSlot(core, runner);
  if (runner.jobId === undefined) await requestEvaluation(core, runner);
  return done;
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
