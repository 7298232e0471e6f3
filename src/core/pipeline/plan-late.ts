import type { Core } from "../core.ts";
import type { Decision } from "../errors/decide.ts";
import { change } from "../model/change.ts";
import type { Job, Plan } from "../model/job.ts";
import { planOrPutOff } from "./plan.ts";

/** A job that may be launched. */
export type PlannedJob = Job & { readonly plan: Plan };

/** True when the job's plan was made. */
export function isPlanned(job: Job): job is PlannedJob {
  return job.plan !== undefined;
}

/**
 * The job with its plan, which could not be made when the job was recorded; or why there is none now either. A job is
 * never launched without a plan: it might run where it must not.
 */
export async function planLate(core: Core, job: Job, attempt: number): Promise<PlannedJob | Decision> {
  const planned = await planOrPutOff(core, job.repository, job, attempt);
  if (planned.outcome === "later") return planned.decision;
  if (planned.outcome !== "launch") {
    const { code, detail } = planned.outcome === "refuse" ? planned : notOurs;
    return { outcome: "refuse", afterSeconds: 0, tellUser: code, detail };
  }
  const { plan, priority } = planned;
  const after = await change(core.store.jobs, String(job.id), (record): Job | undefined =>
    record.plan === undefined ? { ...record, plan, priority } : undefined,
  );
  return after !== undefined && isPlanned(after) ? after : { ...job, plan, priority };
}

/** The setting that says which labels are ours has changed since the job was recorded. */
const notOurs = { code: "MF-LABEL-RUNNER", detail: "its labels are not Mayfly's any more" } as const;
