import type { Core } from "../core.ts";
import { change } from "../model/change.ts";
import type { Job } from "../model/job.ts";
import type { Pool } from "../model/pool.ts";
import type { Repository } from "../model/repository.ts";
import { demandAndSupply } from "./demand.ts";

/** What names a pool in messages: the record may not be there yet. */
export type PoolRef = Pick<Pool, "repository" | "labels"> & { readonly pool: string };

/** The pool is evaluated a little later: by then first launches in progress are recorded and indexes have caught up. */
export async function requestEvaluation(core: Core, pool: PoolRef): Promise<void> {
  const { repository, labels } = pool;
  const message = { kind: "pool", pool: pool.pool, repository, labels } as const;
  const delaySeconds = core.settings.timings.poolDelaySeconds;
  await core.queue.send([{ message, group: String(repository.id), delaySeconds }]);
}

/** A runner of the pool stood idle to its end though jobs want one: GitHub holds them, so the pool backs off. */
export async function backOff(core: Core, ref: PoolRef & { readonly name: string }): Promise<void> {
  const { demand } = await demandAndSupply(core, ref.pool);
  if (demand.length === 0) return;
  const steps = core.settings.timings.backoffSeconds;
  const pool = await readPool(core, ref);
  if (pool.version === 0) await core.store.pools.write({ ...pool, version: 1 });
  const nowMs = core.clock.nowMs();
  await change(core.store.pools, ref.pool, (record): Pool | undefined => {
    if (record.idleRunner === ref.name) return undefined;
    const seconds = steps[Math.min(record.idleEnds, steps.length - 1)] ?? 0;
    const backoffUntilMs = nowMs + seconds * 1000;
    return { ...record, idleEnds: record.idleEnds + 1, backoffUntilMs, idleRunner: ref.name };
  });
}

/** Why nothing is launched for the pool's jobs for now; undefined when it does not back off. */
export function whyBackingOff(core: Core, { backoffUntilMs }: Pool): string | undefined {
  const leftMs = (backoffUntilMs ?? 0) - core.clock.nowMs();
  if (leftMs <= 0) return undefined;
  const group = core.settings.organizationRunnerGroup;
  const closed = group === undefined ? "" : ` (or runner group ${group} is not open to this repository)`;
  return `runners of this label set stood idle${closed}; the next one in ${Math.ceil(leftMs / 60_000)} min or when a job of it ends`;
}

/** A second `queued` of a job: one relaunch may follow at once. */
export async function nudgePool(core: Core, job: Job): Promise<void> {
  await change(core.store.pools, job.pool, (record) =>
    record.backoffUntilMs === undefined ? undefined : { ...record, backoffUntilMs: undefined },
  );
  await requestEvaluation(core, job);
}

/**
 * A job or run of the repository started or ended: pools that back off may try once more. A start in a pool of its
 * own also ends its row of idle runners.
 */
export async function nudgeRepository(
  core: Core,
  repository: Repository,
  startedPool: string | undefined,
): Promise<void> {
  const pools = await core.store.pools.list({ index: "backoff", key: String(repository.id) });
  await Promise.all(
    pools.map(async (pool) => {
      const idleEnds = pool.key === startedPool ? 0 : pool.idleEnds;
      await change(core.store.pools, pool.key, (record) => ({ ...record, idleEnds, backoffUntilMs: undefined }));
      await requestEvaluation(core, { repository, labels: pool.labels, pool: pool.key });
    }),
  );
}

/** The pool's record, or what would be its first one (version 0: not written yet). */
export async function readPool(core: Core, ref: PoolRef): Promise<Pool> {
  const known = await core.store.pools.read(ref.pool);
  if (known !== undefined) return known;
  const { repository, labels } = ref;
  return {
    schema: 1,
    version: 0,
    key: ref.pool,
    repository,
    labels,
    evaluatedAtMs: 0,
    idleEnds: 0,
    backoffUntilMs: undefined,
  };
}
