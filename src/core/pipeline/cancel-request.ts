import type { Core } from "../core.ts";
import type { ErrorCode } from "../errors/catalogue.ts";
import type { Job } from "../model/job.ts";
import { runKeyOf } from "../model/run.ts";
import { ensureRun } from "./report-request.ts";

/** Refusals for what the run is, not for what its author wrote: nothing in it can be mended so that it gets a machine. */
const ofStrangers: ReadonlySet<ErrorCode> = new Set(["MF-PUBLIC-REPOSITORY", "MF-FORK", "MF-FORK-APPROVAL"]);

/** True when the job got no machine because of whose it is. */
export function isStrangers({ state, reason }: Pick<Job, "state" | "reason">): boolean {
  return state === "refused" && reason !== undefined && ofStrangers.has(reason.code);
}

/** A run that gets no machines would stand in GitHub's queue for a day, and take others' runners: it is cancelled. */
export async function requestCancel(core: Core, job: Job): Promise<void> {
  if (!isStrangers(job)) return;
  await ensureRun(core, job);
  const message = { kind: "cancel", run: runKeyOf(job) } as const;
  await core.queue.send([{ message, group: String(job.repository.id) }]);
}
