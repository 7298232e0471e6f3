import type { Delay, Job } from "./job.ts";

const mostDelays = 5;

/** The job waits for nothing any more; what it waited for is remembered, so that its author can read it later. */
export function overcome(job: Job, nowMs: number): Pick<Job, "reason" | "delays"> {
  if (job.reason === undefined) return { reason: undefined, delays: job.delays };
  const { code, detail, sinceMs } = job.reason;
  const delay: Delay = { code, detail, sinceMs, untilMs: nowMs };
  return { reason: undefined, delays: [...job.delays, delay].slice(-mostDelays) };
}
