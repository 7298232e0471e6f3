import type { Core } from "../core.ts";
import { again, done } from "../core.ts";
import type { Runner } from "../model/runner.ts";
import type { Verdict } from "../ports.ts";
import { demandAndSupply } from "./demand.ts";
import { isStalled, launchRunner, resumeRunner } from "./launch.ts";
import { readPool } from "./pool-request.ts";
import type { PoolRef } from "./pool-request.ts";
import { reapAt, unneeded } from "./reap-request.ts";
import { recheckHeldJob, recheckJob } from "./recheck.ts";
import { explain, settleLaunch } from "./wait.ts";

/**
 * Every launch after a job's first: launch only while more jobs want a runner than runners can take one. Names follow
 * from the oldest jobs, so evaluators that run at the same time collide; the pool's record decides between them.
 */
export async function evaluatePool(core: Core, ref: PoolRef, attempt: number): Promise<Verdict> {
  const pool = await readPool(core, ref);
  const { demand, held, supply } = await demandAndSupply(core, ref.pool);
  const released = await Promise.all(held.map((job) => recheckHeldJob(core, job)));
  if (released.includes(true)) return again(1, "GitHub no longer holds a job");
  const surplus = supply.length - demand.length;
  // Launches that failed though their job got another's runner in the meantime: nobody else takes them up.
  const stalled = supply.filter((runner) => isStalled(core, runner));
  if (surplus > 0) await trim(core, supply, stalled.slice(0, surplus), surplus);
  const resumed = await resume(core, stalled.slice(Math.max(0, surplus)), attempt);
  if (surplus >= 0) return resumed;
  const nowMs = core.clock.nowMs();
  const spacingMs = core.settings.timings.poolDelaySeconds * 1000;
  if (nowMs < pool.evaluatedAtMs + spacingMs) {
    return again(Math.ceil((pool.evaluatedAtMs + spacingMs - nowMs) / 1000), "the pool has just launched");
  }
  if (pool.backoffUntilMs !== undefined && nowMs < pool.backoffUntilMs) {
    const minutes = Math.ceil((pool.backoffUntilMs - nowMs) / 60_000);
    const detail = `runners of this label set stood idle; the next one in ${minutes} min or when a job of it ends`;
    await Promise.all(demand.map((job) => explain(core, job, "MF-HELD-BY-GITHUB", detail)));
    return done;
  }
  const oldest = demand.slice(0, -surplus);
  const checked = await Promise.all(oldest.map((job) => recheckJob(core, job)));
  // Somebody is running already or was cancelled: the sum has changed, so do it again.
  if (checked.includes("settled")) return again(1, "GitHub knew better about a job");
  if (!(await core.store.pools.write({ ...pool, version: pool.version + 1, evaluatedAtMs: nowMs }))) {
    return again(1, "another evaluation was first");
  }
  const verdicts = await Promise.all(
    oldest.map(async (job) => await settleLaunch(core, job, await launchRunner(core, job, job.launches + 1, attempt))),
  );
  return verdicts.find((verdict) => verdict.outcome !== "done") ?? done;
}

async function resume(core: Core, stalled: readonly Runner[], attempt: number): Promise<Verdict> {
  const verdicts = await Promise.all(
    stalled.map(async (runner): Promise<Verdict> => {
      const resumed = await resumeRunner(core, runner, attempt);
      return resumed === undefined ? done : await settleLaunch(core, resumed.job, resumed.launched);
    }),
  );
  return verdicts.find((verdict) => verdict.outcome !== "done") ?? done;
}

/** More runners than jobs: those whose launch failed end, then the youngest that are old enough to be surely unneeded. */
async function trim(core: Core, supply: readonly Runner[], stalled: readonly Runner[], surplus: number): Promise<void> {
  const oldEnoughMs = core.clock.nowMs() - core.settings.timings.staleAfterSeconds * 1000;
  const old = supply.filter((runner) => runner.createdAtMs < oldEnoughMs && !stalled.includes(runner));
  const ended = [...stalled, ...old.toReversed()].slice(0, surplus);
  await Promise.all(ended.map((runner) => reapAt(core, runner, core.settings.timings.poolDelaySeconds, unneeded)));
}
