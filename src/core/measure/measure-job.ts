import type { Metrics } from "../metrics.ts";
import type { Job } from "../model/job.ts";

/** Measures what one change of a job's record tells; `before` is undefined for a new one. */
export function measureJob(metrics: Metrics, before: Job | undefined, after: Job): void {
  if (before === undefined) metrics.record("JobsQueued", 1, {});
  if (before?.state === after.state) return;
  if (after.state === "refused") metrics.record("JobsRefused", 1, {});
  if (after.state === "running") measureStart(metrics, after);
  // One that was counted as lost is not counted again when GitHub reports its end.
  if ((after.state === "completed" || after.state === "lost") && before?.state !== "lost") measureEnd(metrics, after);
}

function measureStart(metrics: Metrics, { plan, runnerName, queuedAtMs, startedAtMs }: Job): void {
  if (plan === undefined || runnerName === undefined || startedAtMs === undefined) return;
  metrics.record("QueueToStart", secondsFrom(queuedAtMs, startedAtMs), { execution: plan.execution });
}

function measureEnd(metrics: Metrics, job: Job): void {
  const { plan, runnerName, startedAtMs, completedAtMs } = job;
  if (job.state === "lost") metrics.record("RunnersLost", 1, {});
  if (plan === undefined) return;
  const { execution } = plan;
  metrics.record("JobsEnded", 1, { execution, conclusion: conclusionOf(job) });
  if (runnerName === undefined || startedAtMs === undefined || completedAtMs === undefined) return;
  metrics.record("RunTime", secondsFrom(startedAtMs, completedAtMs), { execution });
}

const counted: ReadonlySet<string> = new Set(["success", "failure", "cancelled"]);

/** GitHub has more conclusions than are worth a metric of their own. */
function conclusionOf({ state, conclusion = "other" }: Job): string {
  if (state === "lost") return "lost";
  return counted.has(conclusion) ? conclusion : "other";
}

function secondsFrom(fromMs: number, toMs: number): number {
  return Math.max(0, (toMs - fromMs) / 1000);
}
