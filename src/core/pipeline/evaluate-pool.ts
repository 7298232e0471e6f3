import type { Core } from "../core.ts";
import { again, done } from "../core.ts";
import { change } from "../model/change.ts";
import type { Job } from "../model/job.ts";
import type { Pool } from "../model/pool.ts";
import type { Repository } from "../model/repository.ts";
import type { Runner } from "../model/runner.ts";
import type { Verdict } from "../ports.ts";
import { reapAt } from "./reap.ts";
import { launchRunner } from "./launch.ts";
import { recheckJob } from "./recheck.ts";
import { explain, settleLaunch } from "./wait.ts";

type PoolRef = Pick<Pool, "repository" | "labels"> & { readonly pool: string };

/** The pool is evaluated a little later: by then first launches in progress are recorded and indexes have caught up. */
export async function requestEvaluation(core: Core, pool: PoolRef, afterSeconds?: number): Promise<void> {
  const { repository, labels } = pool;
  const message = { kind: "pool", pool: pool.pool, repository, labels } as const;
  const delaySeconds = afterSeconds ?? core.settings.timings.poolDelaySeconds;
  await core.queue.send([{ message, group: String(repository.id), delaySeconds }]);
}

/** Jobs of a pool that want a runner and the runners that could take one. */
export async function demandAndSupply(core: Core, pool: string): Promise<{ demand: Job[]; supply: Runner[] }> {
  const [jobs, runners] = await Promise.all([
    core.store.jobs.list({ index: "pool", key: pool }),
    core.store.runners.list({ index: "pool", key: pool }),
  ]);
  // A job whose own first launch may be under way counts on neither side.
  const youngMs = core.clock.nowMs() - core.settings.timings.staleAfterSeconds * 1000;
  const underWay = new Set(
    jobs
      .filter((job) => job.launches === 0 && job.state === "queued" && job.recordedAtMs > youngMs)
      .map((job) => job.id),
  );
  return {
    demand: jobs.filter((job) => !underWay.has(job.id) && !isHeld(job) && job.state !== "refused"),
    supply: runners.filter((runner) => !underWay.has(runner.namedForJobId)),
  };
}

function isHeld(job: Job): boolean {
  return job.state === "waiting" && job.reason?.code === "MF-HELD-BY-GITHUB";
}

/**
 * Every launch after a job's first: launch only while more jobs want a runner than runners can take one. Names follow
 * from the oldest jobs, so evaluators that run at the same time collide; the pool's record decides between them.
 */
export async function evaluatePool(core: Core, ref: PoolRef, attempt: number): Promise<Verdict> {
  const pool = await readPool(core, ref);
  const { demand, supply } = await demandAndSupply(core, ref.pool);
  const surplus = supply.length - demand.length;
  if (surplus > 0) await trim(core, supply, surplus);
  if (surplus >= 0) return done;
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

async function readPool(core: Core, ref: PoolRef): Promise<Pool> {
  const known = await core.store.pools.read(ref.pool);
  if (known !== undefined) return known;
  const { repository, labels } = ref;
  const pool: Pool = {
    schema: 1,
    version: 0,
    key: ref.pool,
    repository,
    labels,
    evaluatedAtMs: 0,
    idleEnds: 0,
    backoffUntilMs: undefined,
  };
  return pool;
}

/** More runners than jobs: the youngest that have stood long enough to be surely unneeded are ended. */
async function trim(core: Core, supply: readonly Runner[], surplus: number): Promise<void> {
  const oldEnoughMs = core.clock.nowMs() - core.settings.timings.staleAfterSeconds * 1000;
  const ended = supply.filter((runner) => runner.createdAtMs < oldEnoughMs).slice(-surplus);
  await Promise.all(ended.map((runner) => reapAt(core, runner, 0, "no job needs it any more")));
}

/** A runner of the pool stood idle to its end though jobs want one: GitHub holds them, so the pool backs off. */
export async function backOff(core: Core, ref: PoolRef): Promise<void> {
  const { demand } = await demandAndSupply(core, ref.pool);
  if (demand.length === 0) return;
  const steps = core.settings.timings.backoffSeconds;
  const pool = await readPool(core, ref);
  if (pool.version === 0) await core.store.pools.write({ ...pool, version: 1 });
  const nowMs = core.clock.nowMs();
  await change(core.store.pools, ref.pool, (record) => {
    const seconds = steps[Math.min(record.idleEnds, steps.length - 1)] ?? 0;
    return { ...record, idleEnds: record.idleEnds + 1, backoffUntilMs: nowMs + seconds * 1000 };
  });
}

/** A second `queued` of a job: one relaunch may follow at once. */
export async function nudgePool(core: Core, job: Job): Promise<void> {
  await change(core.store.pools, job.pool, (record) =>
    record.backoffUntilMs === undefined ? undefined : { ...record, backoffUntilMs: undefined },
  );
  await requestEvaluation(core, job);
}

/** A job of the repository started or ended: pools that back off may try once more; a start in a pool ends its row. */
export async function nudgeRepository(core: Core, repository: Repository, startedPool: string): Promise<void> {
  const pools = await core.store.pools.list({ index: "backoff", key: String(repository.id) });
  await Promise.all(
    pools.map(async (pool) => {
      const idleEnds = pool.key === startedPool ? 0 : pool.idleEnds;
      await change(core.store.pools, pool.key, (record) => ({ ...record, idleEnds, backoffUntilMs: undefined }));
      await requestEvaluation(core, { repository, labels: pool.labels, pool: pool.key });
    }),
  );
}
