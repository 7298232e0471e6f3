import type { Core } from "../core.ts";
import type { Run } from "../model/run.ts";

/**
 * Check runs may count as content-generating requests, of which GitHub documents 80 a minute and 500 an hour for each
 * installation. We stay below both; the last quarter of an hour's budget is kept for runs with a problem.
 */
const perMinute = 60;
const perHour = 400;
const perHourWithoutProblem = 300;

/** True when one more check-run request may be sent now. Counted in the store as slots that expire. */
export async function takeReportBudget(core: Core, run: Run, hasProblem: boolean): Promise<boolean> {
  const nowMs = core.clock.nowMs();
  const entry = `${run.key}:${run.version}`;
  const installation = run.repository.installationId;
  const cap = hasProblem ? perHour : perHourWithoutProblem;
  if (!(await core.store.slots.take(`check-runs-hour:${installation}`, entry, cap, nowMs + 3_600_000))) return false;
  return await core.store.slots.take(`check-runs-minute:${installation}`, entry, perMinute, nowMs + 60_000);
}
