import type { SimJob } from "../world/github/state.ts";
import type { Machine } from "../world/machine.ts";
import type { World } from "../world/world.ts";
import type { Watcher } from "./invariant.ts";

const surplusMs = 180_000;

/** Pools that have more machines without a job than jobs, and since when. */
export function watchSurplus(world: World, violate: (what: string) => void): Watcher {
  const pools = new Map<
    string,
    { supply: Set<Machine>; demand: Set<SimJob>; sinceMs: number | undefined; told: boolean }
  >();
  const poolOf = (key: string) => {
    const pool = pools.get(key) ?? { supply: new Set(), demand: new Set(), sinceMs: undefined, told: false };
    pools.set(key, pool);
    return pool;
  };
  const hot = new Set<string>();
  const weigh = (key: string): void => {
    const pool = poolOf(key);
    if (pool.supply.size <= pool.demand.size) {
      pool.sinceMs = undefined;
      pool.told = false;
      hot.delete(key);
      return;
    }
    pool.sinceMs ??= world.nowMs();
    hot.add(key);
  };
  const count = (machine: Machine, isSupply: boolean): void => {
    const key = world.jobOf(machine.request.runnerName)?.pool;
    if (key === undefined) return;
    if (isSupply) poolOf(key).supply.add(machine);
    else poolOf(key).supply.delete(machine);
    weigh(key);
  };
  const countJob = (job: SimJob): void => {
    // Really queued, or so that Mayfly must believe it: nobody has told of its end, at most a look has found it queued.
    const isWanted = job.status === "queued" || (job.told?.status ?? "queued") === "queued";
    if (job.kind !== "served") return;
    if (isWanted) poolOf(job.pool).demand.add(job);
    else poolOf(job.pool).demand.delete(job);
    weigh(job.pool);
  };
  return {
    on(fact) {
      if (fact.kind === "struck") {
        const pool = fact.pool === undefined ? undefined : pools.get(fact.pool);
        if (pool?.sinceMs !== undefined) pool.sinceMs = world.nowMs();
      }
      if (fact.kind === "machine" || fact.kind === "machine-busy" || fact.kind === "machine-ended") {
        count(fact.machine, fact.kind === "machine");
      }
      if (fact.kind === "job" || fact.kind === "told") countJob(fact.job);
    },
    tick() {
      for (const key of hot) {
        const pool = poolOf(key);
        if (pool.told || world.nowMs() - (pool.sinceMs ?? world.nowMs()) <= surplusMs) continue;
        // What has left its program only lies there until its cloud has put it away.
        const supply = [...pool.supply].filter((machine) => machine.alive());
        if (supply.length <= pool.demand.size || world.isDisturbed()) continue;
        pool.told = true;
        violate(
          `pool ${key}: ${supply.map(({ id, state }) => `${id} ${state}`).join(", ")} for ${pool.demand.size} jobs for over 3 minutes`,
        );
      }
    },
  };
}
