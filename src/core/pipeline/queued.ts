import type { Core } from "../core.ts";
import { again, done } from "../core.ts";
import type { Decision } from "../errors/decide.ts";
import { change } from "../model/change.ts";
import type { Job } from "../model/job.ts";
import { newJob } from "../model/new-job.ts";
import { overcome } from "../model/overcome.ts";
import { isUnstarted } from "../model/transitions.ts";
import type { JobFacts, Verdict } from "../ports.ts";
import type { Repository } from "../model/repository.ts";
import { requestCancel } from "./cancel-request.ts";
import { isHeld } from "./demand.ts";
import { nudgePool, requestEvaluation } from "./pool-request.ts";
import { holdJob, recheckJob } from "./recheck.ts";
import { launchRunner } from "./launch.ts";
import { planOrPutOff } from "./plan.ts";
import { ensureRun, requestReport } from "./report-request.ts";
import { noteServed } from "./served-repositories.ts";
import { logRefusal, settleLaunch } from "./wait.ts";

type Queued = { readonly repository: Repository; readonly job: JobFacts; readonly delivery: string };

/**
 * A job wants a runner: record it, launch its first runner. Everything resumes from the record, so a duplicate, a
 * redelivery or a worker that died between two writes neither launches twice nor loses anything.
 */
export async function onQueued(core: Core, message: Queued, attempt: number): Promise<Verdict> {
  const { job: known, later } = await recordJob(core, message);
  if (known === undefined) return done;
  // The reason stands in the record. To ask GitHub again at once would help nobody.
  if (later !== undefined) {
    await ensureRun(core, known);
    return again(later.afterSeconds, later.detail);
  }
  const job = isHeld(known) && message.job.status !== "waiting" ? await release(core, known) : known;
  if (job.state === "refused") {
    await requestReport(core, job);
    await requestCancel(core, job);
    return done;
  }
  if (!isUnstarted(job.state)) {
    // It got another's runner while its own launch was being tried: the pool decides what becomes of that launch.
    if (attempt > 1) await requestEvaluation(core, job);
    return done;
  }
  if (message.job.status === "waiting") {
    await holdJob(core, job);
    return done;
  }
  // A second `queued` (approved, redelivered) finds its first launch done: the pool decides about another runner.
  if (job.launches > 0) {
    await nudgePool(core, job);
    return done;
  }
  if ((await recheckJob(core, job)) === "settled") return done;
  const verdict = await settleLaunch(core, job, await launchRunner(core, job, 1, attempt));
  await ensureRun(core, job);
  return verdict;
}

/** GitHub holds the job no longer, so it wants a runner again. */
async function release(core: Core, job: Job): Promise<Job> {
  const nowMs = core.clock.nowMs();
  const after = await change(core.store.jobs, String(job.id), (record): Job | undefined =>
    isHeld(record) ? { ...record, state: "queued", ...overcome(record, nowMs) } : undefined,
  );
  return after ?? job;
}

type Recorded = {
  /** Undefined when the job is not ours. */
  readonly job: Job | undefined;
  /** It could not be planned just now. */
  readonly later?: Decision | undefined;
};

/** Reads the job's record or creates it. */
async function recordJob(core: Core, message: Queued): Promise<Recorded> {
  const key = String(message.job.id);
  const known = await core.store.jobs.read(key);
  if (known !== undefined) return { job: await noteDelivery(core, known, message.delivery) };
  const planned = await planOrPutOff(core, message.repository, message.job, 1);
  if (planned.outcome === "not-ours") return { job: undefined };
  const job = {
    ...newJob(message.job, message.repository, planned, core.clock.nowMs()),
    deliveries: [message.delivery],
  };
  // Before the job's own record: whoever dies in between leaves no job that sweep knows nothing of.
  await noteServed(core, message.repository);
  if (await core.store.jobs.write(job)) {
    if (job.state === "refused") logRefusal(core, job);
    core.log.info("job recorded", { job: job.id, run: job.runId, state: job.state, labels: job.labels });
    return { job, later: planned.outcome === "later" ? planned.decision : undefined };
  }
  return { job: await core.store.jobs.read(key) };
}

async function noteDelivery(core: Core, job: Job, delivery: string): Promise<Job> {
  if (job.deliveries.includes(delivery)) return job;
  const noted = await change(core.store.jobs, String(job.id), (record) => ({
    ...record,
    deliveries: [...record.deliveries, delivery].slice(-8),
  }));
  return noted ?? job;
}
