import type { Metrics } from "../metrics.ts";
import type { Runner } from "../model/runner.ts";
import { costOfRunner } from "../planning/plan/runner-cost.ts";

/** Measures what one change of a runner's record tells. */
export function measureRunner(metrics: Metrics, before: Runner | undefined, after: Runner): void {
  if (before === undefined || before.state === after.state) return;
  const { execution } = after;
  if (before.state === "launching" && after.state !== "ended") metrics.record("Launches", 1, { execution });
  if (after.state !== "ended" || after.endedAtMs === undefined) return;
  const usd = costOfRunner(after, after.endedAtMs);
  if (usd > 0) metrics.record("RunnerCost", usd, { execution });
}
