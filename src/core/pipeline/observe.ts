import type { Core } from "../core.ts";
import { change } from "../model/change.ts";
import type { Job, Reason } from "../model/job.ts";
import { isOnRunner } from "../model/is-on-runner.ts";
import { endByMs } from "../model/lifetime.ts";
import { newJob } from "../model/new-job.ts";
import { overcome } from "../model/overcome.ts";
import { ownRunnerName } from "../model/runner-name.ts";
import { whyTaken } from "../model/runner.ts";
import type { Runner } from "../model/runner.ts";
import { jobMay, runnerMay } from "../model/transitions.ts";
import { runKeyOf } from "../model/run.ts";
import type { JobFacts } from "../ports.ts";
import type { Repository } from "../model/repository.ts";
import { isStrangers } from "./cancel-request.ts";
import { endRunner } from "./end-runner.ts";
import { planOrPutOff } from "./plan.ts";
import { nudgeRepository, requestEvaluation } from "./pool-request.ts";
import { reapAt, unneeded } from "./reap-request.ts";
import { ensureRun, watchRun } from "./report-request.ts";
import { noteServed } from "./served-repositories.ts";

type Observed = { readonly repository: Repository; readonly job: JobFacts };

/**
 * GitHub gave the job to a runner. The job's record changes before the runner's: in between, supply looks larger than
 * it is, never smaller, so that nobody launches a runner that no job needs. A launch that is left out for that moment
 * is made up for by the schedule.
 */
export async function onInProgress(core: Core, message: Observed): Promise<void> {
  const known = await runnerOf(core, message);
  const startedAtMs = message.job.startedAtMs ?? core.clock.nowMs();
  const job = await changeOrRecord(core, message, known !== undefined, (record) => started(record, known, startedAtMs));
  if (job === undefined) return;
  if (known !== undefined) await takeJob(core, known.name, job.id, startedAtMs);
  await ensureRun(core, job);
  await nudgeRepository(core, job.repository, job.pool);
  if (changesTheSum(known, job)) await requestEvaluation(core, job);
  // Its labels are more than the job's: the job that they were made for is another pool's.
  if (known !== undefined && known.pool !== job.pool) await requestEvaluation(core, known);
}

/** A job that is a stranger's stays refused, whatever runner it took: the runner's hook asks before its first step. */
function started(record: Job, runner: Runner | undefined, startedAtMs: number): Job | undefined {
  if (isStrangers(record)) {
    return record.runnerName === runner?.name ? undefined : { ...record, runnerName: runner?.name };
  }
  if (!jobMay(record.state, "running")) return undefined;
  return { ...record, state: "running", runnerName: runner?.name, startedAtMs, ...overcome(record, startedAtMs) };
}

/**
 * The runner was launched in another job's name (or is not ours, or another was launched since then), or was the one too
 * many: a job may need a runner, or another one is too many.
 */
function changesTheSum(known: Runner | undefined, job: Job): boolean {
  return known?.namedForJobId !== job.id || known.launchNumber < job.launches || known.cause === unneeded;
}

/** GitHub says that the job has ended, or was cancelled or skipped before any runner had it. */
export async function onCompleted(core: Core, message: Observed): Promise<void> {
  const { job: facts } = message;
  // Its `if:` said no: it never wanted a runner, and nobody wants to read about it.
  const before = await core.store.jobs.read(String(facts.id));
  if (facts.conclusion === "skipped" && before === undefined) return;
  const nowMs = core.clock.nowMs();
  const known = await runnerOf(core, message);
  const died = diedWithMachine(facts, known, nowMs);
  const job = await changeOrRecord(core, message, known !== undefined, (record) => ({
    ...record,
    // A job that died with its machine stays `lost` unless GitHub says that it did end well.
    state: endState(record, facts, died),
    conclusion: facts.conclusion,
    runnerName: known?.name ?? record.runnerName,
    startedAtMs: known === undefined ? record.startedAtMs : (record.startedAtMs ?? facts.startedAtMs),
    completedAtMs: facts.completedAtMs ?? nowMs,
    reason: record.state === "lost" || record.state === "refused" ? record.reason : died,
  }));
  if (job === undefined) return;
  const runner = known && (await takeJob(core, known.name, facts.id, facts.startedAtMs ?? nowMs));
  await ensureRun(core, job);
  // The end of the run is announced by its own event; this is for the case that the announcement gets lost.
  await watchRun(core, runKeyOf(job), core.settings.timings.reportFallbackSeconds);
  if (runner?.hostEndedAtMs !== undefined) await endRunner(core, runner, "job completed");
  else if (runner !== undefined) await reapAt(core, runner, core.settings.timings.reapAfterSeconds);
  await nudgeRepository(core, job.repository, job.pool);
  if (before !== undefined && before.state !== "running" && before.state !== "completed") {
    await requestEvaluation(core, job);
  }
}

function endState(record: Job, facts: JobFacts, died: Reason | undefined): "lost" | "refused" | "completed" {
  if (facts.conclusion === "success") return "completed";
  // Cancelled, or lost with the machine that it took, but never run.
  if (isStrangers(record)) return "refused";
  return record.state === "lost" || died !== undefined ? "lost" : "completed";
}

/** Our runner that GitHub names. */
async function runnerOf(core: Core, { repository, job }: Observed): Promise<Runner | undefined> {
  const name = ownRunnerName(core.settings.labelPrefix, job.runnerName);
  const known = name === undefined ? undefined : await core.store.runners.read(name);
  return known !== undefined && isOnRunner(job, repository, known) ? known : undefined;
}

/** Outcomes of a listener that saw its job to the end: what became of the machine afterwards does not matter. */
const sawTheEnd: ReadonlySet<string> = new Set(["job-succeeded", "job-succeeded-with-issues", "job-failed"]);

/** The cloud took the machine back (or said that it would), and the job did not end well after that. */
function diedWithMachine(facts: JobFacts, runner: Runner | undefined, nowMs: number): Reason | undefined {
  const why = runner && whyTaken(runner);
  if (runner === undefined || why === undefined || facts.conclusion === "success") return undefined;
  if (sawTheEnd.has(runner.outcome ?? "")) return undefined;
  return { code: "MF-MACHINE-LOST", detail: `${runner.name}: ${why}`, sinceMs: nowMs };
}

/** Marks our runner as busy with the job; resolves with it, undefined when there is no such record. */
async function takeJob(core: Core, name: string, jobId: number, startedAtMs: number): Promise<Runner | undefined> {
  return await change(core.store.runners, name, (record) => {
    if (record.jobId !== undefined) return undefined;
    // It may have ended on our side already: what it ran is still worth knowing.
    if (record.state === "ended") return { ...record, jobId, startedAtMs };
    if (record.state !== "busy" && !runnerMay(record.state, "busy")) return undefined;
    const dueAtMs = endByMs(core, record) + core.settings.timings.verifyAfterSeconds * 1000;
    return { ...record, state: "busy", jobId, startedAtMs, dueAtMs, cause: undefined };
  });
}

/** Changes the job's record, or makes one when this is the first that we hear of a job of ours. */
async function changeOrRecord(
  core: Core,
  message: Observed,
  onOurRunner: boolean,
  next: (record: Job) => Job | undefined,
): Promise<Job | undefined> {
  const key = String(message.job.id);
  const changed = await change(core.store.jobs, key, next);
  if (changed !== undefined) return changed;
  const planned = await planOrPutOff(core, message.repository, message.job, 1);
  if (planned.outcome === "not-ours" && !onOurRunner) return undefined;
  const fresh = newJob(message.job, message.repository, planned, core.clock.nowMs());
  const record = next(fresh) ?? fresh;
  await noteServed(core, message.repository);
  if (await core.store.jobs.write({ ...record, version: 1 })) return record;
  return await change(core.store.jobs, key, next);
}
