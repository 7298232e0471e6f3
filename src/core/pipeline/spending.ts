import type { Core } from "../core.ts";
import type { Decision } from "../errors/decide.ts";
import { change, manyAttempts } from "../model/change.ts";
import { dayKey, nextDayMs } from "../model/day.ts";
import type { Runner } from "../model/runner.ts";
import { costOfRunner } from "../planning/plan/runner-cost.ts";

/** SQS delays at most 900 s; the schedule goes on from there. */
const longestSeconds = 900;

/** A runner has ended: what it cost counts against the day's budget, where there is one. */
export async function noteSpending(core: Core, runner: Runner): Promise<void> {
  if (runner.claimedAtMs === undefined) return;
  const nowMs = core.clock.nowMs();
  const usd = costOfRunner(runner, nowMs);
  const key = dayKey(nowMs);
  core.log.info("spent", { runner: runner.name, repository: runner.repository.id, usd, day: key });
  if (core.policy.dailyBudgetUsd === undefined) return;
  const add = async (): Promise<boolean> =>
    (await change(core.store.days, key, (record) => ({ ...record, usd: record.usd + usd }), manyAttempts)) !==
    undefined;
  if ((await add()) || (await core.store.days.write({ schema: 1, version: 1, key, usd }))) return;
  await add();
}

/** Why nothing is launched today any more; undefined as long as the operator's budget lasts. */
export async function overBudget(core: Core): Promise<Decision | undefined> {
  const { dailyBudgetUsd } = core.policy;
  if (dailyBudgetUsd === undefined) return undefined;
  const nowMs = core.clock.nowMs();
  const spent = (await core.store.days.read(dayKey(nowMs)))?.usd ?? 0;
  if (spent < dailyBudgetUsd) return undefined;
  const leftSeconds = Math.ceil((nextDayMs(nowMs) - nowMs) / 1000);
  const afterSeconds = Math.min(longestSeconds, leftSeconds);
  return { outcome: "wait", afterSeconds, tellUser: "MF-BUDGET", detail: `$${dailyBudgetUsd} are spent` };
}
