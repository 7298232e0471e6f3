import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { measureStock } from "../measure/measure-stock.ts";
import { everything, sortTime } from "../model/indexes.ts";
import { runKeyOf } from "../model/run.ts";
import type { Job } from "../model/job.ts";
import type { QueueEntry } from "../ports.ts";
import { reconcileMachines } from "./reconcile-machines.ts";
import { requestReport } from "./report-request.ts";
import { sendDueSweeps } from "./sweep-due.ts";
import { sweepDeliveries } from "./sweep.ts";
import { explain } from "./wait.ts";
import { wakeAll } from "./wake-request.ts";

export type ScheduleResult = {
  /** False: another run of the schedule holds the lease, nothing was done. */
  readonly held: boolean;
  readonly woken: number;
  readonly pools: number;
  readonly reaped: number;
  readonly reports: number;
  readonly failedDeliveries: number;
  /** Repositories whose runs are looked at. */
  readonly swept: number;
  /** Machines that were ended because no open record knows them. */
  readonly strayMachines: number;
};

/** Most records of a kind that one pass turns into messages; the next pass finds the rest. */
const passLimit = 500;

/**
 * The safety net, every minute, under a lease: everything whose time has come becomes a message, so that no work is
 * done in a row here. Nothing in normal life depends on it but failed deliveries and expired slots.
 */
export async function runSchedule(core: Core, owner: string): Promise<ScheduleResult> {
  const nowMs = core.clock.nowMs();
  const { leaseSeconds } = core.settings.timings;
  if (!(await core.store.leases.take("schedule", owner, nowMs + leaseSeconds * 1000))) {
    return { held: false, woken: 0, pools: 0, reaped: 0, reports: 0, failedDeliveries: 0, swept: 0, strayMachines: 0 };
  }
  try {
    const [woken, pools, reaped, reports, failedDeliveries, swept, strayMachines] = await Promise.all([
      counted(core, "wake", wakeAll(core)),
      counted(core, "pools", evaluateOldPools(core)),
      counted(core, "reap", sendDueReaps(core)),
      counted(core, "reports", sendDueReports(core)),
      counted(core, "deliveries", sweepDeliveries(core)),
      counted(core, "sweep", sendDueSweeps(core)),
      counted(core, "machines", reconcileMachines(core)),
      counted(core, "metrics", measureStock(core)),
    ]);
    return { held: true, woken, pools, reaped, reports, failedDeliveries, swept, strayMachines };
  } finally {
    await core.store.leases.free("schedule", owner);
  }
}

/** What one part of the pass cannot do now does not keep the others from theirs; the next pass tries again. */
async function counted(core: Core, part: string, work: Promise<number>): Promise<number> {
  try {
    return await work;
  } catch (error) {
    if (!isCallError(error)) throw error;
    core.log.warn("part of the schedule failed", { part, detail: error.message });
    return 0;
  }
}

/**
 * Pools with a job that has waited longer than a first launch takes, or with a runner that has no job for so long, are
 * evaluated; slow starts are reported.
 */
async function evaluateOldPools(core: Core): Promise<number> {
  const oldMs = core.clock.nowMs() - core.settings.timings.staleAfterSeconds * 1000;
  const upTo = `${sortTime(oldMs)}~`;
  const query = { key: everything, upTo, limit: passLimit };
  const [jobs, runners] = await Promise.all([
    core.store.jobs.list({ ...query, index: "unstarted" }),
    core.store.runners.list({ ...query, index: "unused" }),
  ]);
  await reportSlowStarts(core, jobs);
  const pools = [...new Map([...jobs, ...runners].map((one) => [one.pool, one])).values()];
  await send(
    core,
    pools.map(({ pool, repository, labels }) => ({
      message: { kind: "pool", pool, repository, labels },
      group: String(repository.id),
    })),
  );
  return pools.length;
}

/** One report for each run with a job that waits longer than its execution's usual start. */
async function reportSlowStarts(core: Core, jobs: readonly Job[]): Promise<void> {
  const nowMs = core.clock.nowMs();
  const slow = jobs.filter((job) => nowMs - job.queuedAtMs >= patienceMs(core, job));
  const unexplained = slow.filter((job) => job.reason === undefined);
  await Promise.all(
    unexplained.map(async (job) => {
      await explain(core, job, "MF-SLOW-START", `queued for over ${patienceMs(core, job) / 1000} s`);
    }),
  );
  const runs = new Map(slow.map((job) => [runKeyOf(job), job]));
  await Promise.all([...runs.values()].map(async (job) => await requestReport(core, job)));
}

function patienceMs(core: Core, { plan }: Job): number {
  const usualSeconds = plan === undefined ? 0 : (core.compute[plan.execution]?.traits.usualStartSeconds ?? 0);
  return (usualSeconds + core.settings.timings.staleAfterSeconds) * 1000;
}

async function sendDueReaps(core: Core): Promise<number> {
  const upTo = sortTime(core.clock.nowMs());
  const due = await core.store.runners.list({ index: "due", key: everything, upTo, limit: passLimit });
  await send(
    core,
    due.map((runner) => ({ message: { kind: "reap", runner: runner.name }, group: String(runner.repository.id) })),
  );
  return due.length;
}

async function sendDueReports(core: Core): Promise<number> {
  const upTo = sortTime(core.clock.nowMs());
  const due = await core.store.runs.list({ index: "due", key: everything, upTo, limit: passLimit });
  await send(
    core,
    due.map((run) => ({ message: { kind: "report", run: run.key }, group: String(run.repository.id) })),
  );
  return due.length;
}

/** Messages of one pass that are due in the same second: each may make some calls, and GitHub allows 100 at a time. */
const perSecond = 5;

/** Spread over some time, so that a long outage does not end with everything at once. */
async function send(core: Core, entries: readonly QueueEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await core.queue.send(entries.map((entry, index) => ({ ...entry, delaySeconds: Math.floor(index / perSecond) })));
}
