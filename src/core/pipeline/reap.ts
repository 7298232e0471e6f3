import type { Core } from "../core.ts";
import { again, done } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { decide } from "../errors/decide.ts";
import { change } from "../model/change.ts";
import { claimByMs, endByMs } from "../model/lifetime.ts";
import { whyTaken } from "../model/runner.ts";
import type { Runner } from "../model/runner.ts";
import type { Verdict } from "../ports.ts";
import { demandAndSupply } from "./demand.ts";
import { endRunner } from "./end-runner.ts";
import { unneeded } from "./reap-request.ts";
import { verifyJob } from "./verify-job.ts";

/**
 * Looks at a runner whose time has come: ends it when nothing needs it any more, else says when to look again. A
 * runner that works is left alone until GitHub says that its job has ended.
 */
export async function reap(core: Core, name: string, attempt: number): Promise<Verdict> {
  try {
    return await look(core, name);
  } catch (error) {
    if (!isCallError(error) || error.facts.service === "store" || error.facts.service === "queue") throw error;
    // Its due time brings it back, one message at a time, however long the other side does not answer.
    const { afterSeconds, detail } = decide(error, attempt, core.random.next());
    core.log.warn("runner could not be ended", { runner: name, detail, afterSeconds });
    const dueAtMs = core.clock.nowMs() + afterSeconds * 1000;
    await change(core.store.runners, name, (record) => (record.state === "ended" ? undefined : { ...record, dueAtMs }));
    return done;
  }
}

async function look(core: Core, name: string): Promise<Verdict> {
  const runner = await core.store.runners.read(name);
  if (runner === undefined || runner.state === "ended" || runner.dueAtMs === undefined) return done;
  if (core.clock.nowMs() < runner.dueAtMs) return done;
  if (runner.jobId !== undefined) return await reapBusy(core, runner, runner.jobId);
  if (runner.endingSinceMs === undefined && runner.cause === unneeded && !(await isSurplus(core, runner))) return done;
  return await endRunner(core, runner, causeOf(core, runner));
}

/** Asked again a little later: a job may want it after all. Then it gets the due time of a runner that just came up. */
async function isSurplus(core: Core, runner: Runner): Promise<boolean> {
  const { demand, supply } = await demandAndSupply(core, runner.pool);
  if (supply.length > demand.length) return true;
  const { idleSeconds, bootSeconds } = core.settings.timings;
  const patienceMs = Math.max(idleSeconds, bootSeconds) * 1000;
  const dueAtMs = runner.claimId === undefined ? claimByMs(core, runner) : core.clock.nowMs() + patienceMs;
  await change(core.store.runners, runner.name, (record) => ({ ...record, cause: undefined, dueAtMs }));
  return false;
}

function causeOf(core: Core, runner: Runner): string {
  const known = whyTaken(runner) ?? runner.cause;
  if (known !== undefined) return known;
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
  const isOver = runner.hostEndedAtMs !== undefined || core.clock.nowMs() > endByMs(core, runner);
  if (job?.state === "refused" && isOver) {
    return await endRunner(core, runner, runner.cause ?? "took a job that may not run here");
  }
  if ((await verifyJob(core, runner, jobId)) === "ended") return again(1, "the job's end has been recorded");
  await change(core.store.runners, runner.name, (record) => ({
    ...record,
    dueAtMs: core.clock.nowMs() + core.settings.timings.staleAfterSeconds * 1000,
  }));
  return done;
}
