import type { Core } from "../core.ts";
import { again, done } from "../core.ts";
import type { Decision } from "../errors/decide.ts";
import { change } from "../model/change.ts";
import type { Job } from "../model/job.ts";
import type { Pool } from "../model/pool.ts";
import type { Runner } from "../model/runner.ts";
import { isUnstarted } from "../model/transitions.ts";
import type { Verdict } from "../ports.ts";
import { demandAndSupply } from "./demand.ts";
import { isStalled, launchRunner, resumeRunner } from "./launch.ts";
import { readPool, requestEvaluation, whyBackingOff } from "./pool-request.ts";
import type { PoolRef } from "./pool-request.ts";
import { reapAt, unneeded } from "./reap-request.ts";
import { recheckHeldJob, recheckJob } from "./recheck.ts";
import { explain, settleLaunch } from "./wait.ts";

/** Launched by one evaluation: more at once would be more calls at once than GitHub allows. */
const mostLaunches = 5;

/** A message that meets others' launches so often leaves the pool to them. */
const mostPatience = 3;

/**
 * Every launch after a job's first: launch only while more jobs want a runner than runners can take one. Names follow
 * from the oldest jobs, so evaluators that run at the same time collide; the pool's record decides between them.
 */
export async function evaluatePool(core: Core, ref: PoolRef, attempt: number): Promise<Verdict> {
  const pool = await readPool(core, ref);
  const waitSeconds = untilNextTurn(core, pool);
  // Others are at it; the schedule looks again in any case.
  if (waitSeconds > 0) return attempt >= mostPatience ? done : again(waitSeconds, "the pool has just been evaluated");
  const { demand, held, supply } = await demandAndSupply(core, ref.pool);
  const surplus = supply.length - demand.length;
  // Launches that failed though their job got another's runner in the meantime: nobody else takes them up.
  const stalled = supply.filter((runner) => isStalled(core, runner));
  const trimmed = surplus > 0 ? await trim(core, supply, stalled.slice(0, surplus), surplus) : done;
  const resumable = stalled.slice(Math.max(0, surplus)).slice(0, mostLaunches);
  // Those that wait for a slot or for room are woken in their line.
  const missing = demand
    .filter((job) => job.state !== "waiting")
    .slice(0, Math.min(mostLaunches, Math.max(0, -surplus)));
  if (resumable.length + missing.length + held.length === 0) return trimmed;
  // Before anybody is asked: of many evaluations at the same time only one asks.
  const turn = { ...pool, version: pool.version + 1, evaluatedAtMs: core.clock.nowMs() };
  if (!(await core.store.pools.write(turn))) return again(1, "another evaluation was first");
  const released = await Promise.all(held.slice(0, mostLaunches).map((job) => recheckHeldJob(core, job)));
  const resumed = await resume(core, resumable, attempt);
  const launched = await launchMissing(core, pool, missing, attempt);
  // Unless the message comes back by itself.
  const more = missing.length === mostLaunches && launched.outcome === "done";
  if (released.includes(true) || more) await requestEvaluation(core, ref);
  return soonest([trimmed, resumed, launched]);
}

/** Seconds until the pool may be evaluated again, 0: now. */
function untilNextTurn(core: Core, { evaluatedAtMs, plansFromMs = 0 }: Pool): number {
  const atMs = Math.max(evaluatedAtMs + core.settings.timings.poolDelaySeconds * 1000, plansFromMs);
  return Math.max(0, Math.ceil((atMs - core.clock.nowMs()) / 1000));
}

/** More jobs than runners: one more for each of these, unless GitHub holds them or knows better. */
async function launchMissing(core: Core, pool: Pool, missing: readonly Job[], attempt: number): Promise<Verdict> {
  const why = whyBackingOff(core, pool);
  if (why !== undefined) {
    await Promise.all(missing.map((job) => explain(core, job, "MF-HELD-BY-GITHUB", why)));
    return done;
  }
  const checked = await Promise.all(missing.map((job) => recheckJob(core, job)));
  // Somebody is running already or was cancelled: the sum has changed, so it is done again.
  if (checked.includes("settled")) {
    await requestEvaluation(core, { ...pool, pool: pool.key });
    return done;
  }
  const verdicts = await Promise.all(
    missing.map(async (job) => {
      const launched = await launchRunner(core, job, job.launches + 1, attempt);
      if (launched.outcome === "failed" && launched.unplanned === true) await planLater(core, pool, launched.decision);
      return await settleLaunch(core, job, launched);
    }),
  );
  return soonest(verdicts);
}

/** GitHub has said when to ask again, or does not answer: the next evaluation would only be told the same. */
async function planLater(core: Core, { key }: Pool, { afterSeconds }: Decision): Promise<void> {
  const plansFromMs = core.clock.nowMs() + afterSeconds * 1000;
  await change(core.store.pools, key, (record) =>
    (record.plansFromMs ?? 0) >= plansFromMs ? undefined : { ...record, plansFromMs },
  );
}

async function resume(core: Core, stalled: readonly Runner[], attempt: number): Promise<Verdict> {
  const verdicts = await Promise.all(
    stalled.map(async (runner): Promise<Verdict> => {
      const named = await core.store.jobs.read(String(runner.namedForJobId));
      // It may have waited for its turn for long. Another job of the pool gets a runner in its own name.
      if (named === undefined || !isUnstarted(named.state) || (await recheckJob(core, named)) === "settled") {
        await reapAt(core, runner, 0, "its job needs it no more");
        return done;
      }
      const resumed = await resumeRunner(core, runner, attempt);
      return resumed === undefined ? done : await settleLaunch(core, resumed.job, resumed.launched);
    }),
  );
  return soonest(verdicts);
}

/** One message stands for all of them: it comes back when the first of them wants it. */
function soonest(verdicts: readonly Verdict[]): Verdict {
  const open = verdicts.filter((verdict) => verdict.outcome !== "done");
  const [first = done] = open.toSorted((left, right) => delayOf(left) - delayOf(right));
  return first;
}

/** What is given up comes last: as long as anything is to be done the message is needed. */
function delayOf(verdict: Verdict): number {
  return verdict.outcome === "again" ? verdict.afterSeconds : Number.MAX_SAFE_INTEGER;
}

/**
 * More runners than jobs: those whose launch failed end, then the youngest that are old enough to be surely unneeded.
 * The message comes back when the others have become old enough.
 */
async function trim(
  core: Core,
  supply: readonly Runner[],
  stalled: readonly Runner[],
  surplus: number,
): Promise<Verdict> {
  const { staleAfterSeconds, poolDelaySeconds } = core.settings.timings;
  const nowMs = core.clock.nowMs();
  const oldEnoughMs = nowMs - staleAfterSeconds * 1000;
  const others = supply.filter((runner) => !stalled.includes(runner) && runner.cause !== unneeded);
  const old = others.filter((runner) => runner.createdAtMs < oldEnoughMs);
  const ended = [...stalled, ...old.toReversed()].slice(0, surplus);
  await Promise.all(ended.map((runner) => reapAt(core, runner, poolDelaySeconds, unneeded)));
  const leaving = supply.length - others.length + ended.length - stalled.length;
  const [next] = others.filter((runner) => !old.includes(runner));
  if (next === undefined || leaving >= surplus) return done;
  return again(Math.ceil((next.createdAtMs - oldEnoughMs) / 1000) + 1, "there may be a runner too many");
}
