import type { Core } from "../core.ts";
import { everything, isInLine } from "../model/indexes.ts";
import type { Execution } from "../model/execution.ts";

/** More of them than this are not told apart. */
const most = 10_000;

const states = ["launching", "booting", "idle", "busy"] as const;

/** What there is just now: runners against their caps, and jobs without a runner. Resolves with how many runners. */
export async function measureStock(core: Core): Promise<number> {
  const { metrics, settings, store } = core;
  const executions = Object.keys(core.compute) as Execution[];
  const [unstarted, ...open] = await Promise.all([
    store.jobs.list({ index: "unstarted", key: everything, limit: most }),
    ...executions.map(async (execution) => await store.runners.list({ index: "open", key: execution, limit: most })),
  ]);
  metrics.record("JobsUnstarted", unstarted.length, {});
  metrics.record("JobsWaiting", unstarted.filter((job) => isInLine(job)).length, {});
  for (const [index, execution] of executions.entries()) {
    for (const state of states) {
      const count = (open[index] ?? []).filter((runner) => runner.state === state).length;
      metrics.record("Runners", count, { execution, state });
    }
    const cap = settings.caps.executions[execution];
    if (cap !== undefined) metrics.record("RunnerCap", cap, { scope: execution });
  }
  if (settings.caps.total !== undefined) metrics.record("RunnerCap", settings.caps.total, { scope: "total" });
  return open.flat().length;
}
