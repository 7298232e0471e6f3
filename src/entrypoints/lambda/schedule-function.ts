import type { App } from "../../core/app.ts";
import type { Clock, Log, Metrics } from "../../core/ports.ts";

export type ScheduleOptions = {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** When the image of the Lambda runner was made, milliseconds since the epoch. */
  readonly imageBuiltAtMs: number | undefined;
};

const dayMs = 86_400_000;

/** One pass of the schedule. Rejects when there was none: the next minute's tries again, and the alarm on errors tells. */
export function scheduleFunction(
  open: () => Promise<Pick<App, "onSchedule">>,
  { clock, log, metrics, imageBuiltAtMs }: ScheduleOptions,
): (event: unknown, context: { readonly awsRequestId: string }) => Promise<void> {
  return async (_event, { awsRequestId }) => {
    if (imageBuiltAtMs !== undefined) {
      // GitHub refuses runners that are too old, and the image holds one.
      metrics.record("ImageAge", Math.max(0, (clock.nowMs() - imageBuiltAtMs) / dayMs), {});
    }
    const app = await open();
    const result = await app.onSchedule(awsRequestId);
    log.info("schedule", result);
  };
}
