import { composeAnnotation, composeCheckRun, hasProblem, isEnded } from "../check-run/compose.ts";
import type { ReportFacts, WorkflowFile } from "../check-run/compose.ts";
import type { Core } from "../core.ts";
import { again, done } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import type { CallError } from "../errors/call-error.ts";
import { decide } from "../errors/decide.ts";
import { change } from "../model/change.ts";
import type { Job } from "../model/job.ts";
import { runKeyOf } from "../model/run.ts";
import type { Run } from "../model/run.ts";
import { jobMay } from "../model/transitions.ts";
import type { Runner } from "../model/runner.ts";
import type { Annotation, CheckRun, Message, Verdict } from "../ports.ts";
import { onCompleted } from "./observe.ts";
import { nudgeRepository } from "./pool-request.ts";
import { takeReportBudget } from "./report-budget.ts";
import { moveReport, unwatchRun, watchRun } from "./report-request.ts";
import { requestRerun, watchLostRun } from "./rerun-request.ts";

/** GitHub takes 50 annotations a request. */
const annotationsPerRequest = 50;

/** Jobs of an ended run that one report asks GitHub for. */
const jobsAskedFor = 20;

/** GitHub announced the end of a workflow run attempt: its check run follows once the last events have come in. */
export async function onRunEnded(core: Core, message: Extract<Message, { kind: "run" }>): Promise<Verdict> {
  const key = runKeyOf(message);
  const run = await change(core.store.runs, key, (record) => ({
    ...record,
    completedAtMs: record.completedAtMs ?? core.clock.nowMs(),
    workflowPath: message.path ?? record.workflowPath,
  }));
  await nudgeRepository(core, message.repository, undefined);
  if (run === undefined) return done;
  await requestRerun(core, run);
  await moveReport(core, key, core.settings.timings.reportDelaySeconds);
  return done;
}

/** Brings the check run of a workflow run attempt up to date, if there is something to say and a budget to say it. */
export async function report(core: Core, key: string): Promise<Verdict> {
  const run = await core.store.runs.read(key);
  if (run === undefined || run.silenced !== undefined) return done;
  const jobs = await core.store.jobs.list({ index: "run", key });
  if (!isWanted(jobs)) {
    await unwatchRun(core, key);
    return done;
  }
  try {
    const known = await settleRun(core, run, jobs);
    if (known === "later") return done;
    const verdict = await writeReport(core, known, jobs);
    await watchLostRun(core, known, jobs);
    return verdict;
  } catch (error) {
    // A missing permission is said once, loudly, and never holds up anything else.
    if (!isCallError(error)) throw error;
    if (!isCallError(error, "forbidden", "not-found", "invalid")) return await reportLater(core, key, error);
    core.log.error("check run refused by GitHub", { run: key, detail: error.message, remedy: "grant checks: write" });
    await change(core.store.runs, key, (record) => ({ ...record, silenced: error.message, dueAtMs: undefined }));
    return done;
  }
}

/** As the repository's file says: with problems only, or not at all. What could not be planned has no other place. */
function isWanted(jobs: readonly Job[]): boolean {
  return (
    jobs.length === 0 ||
    jobs.some((job) => {
      const { report: mode = "always" } = job.plan ?? {};
      return mode === "always" || (mode === "problems" && hasProblem(job));
    })
  );
}

/**
 * A report that cannot be written now is the schedule's from then on: one for each run, however many messages asked for
 * it, so that they do not all come back together.
 */
async function reportLater(core: Core, key: string, error: CallError): Promise<Verdict> {
  const { afterSeconds, detail } = decide(error, 1, core.random.next());
  core.log.warn("check run not written", { run: key, detail, afterSeconds });
  const dueAtMs = core.clock.nowMs() + afterSeconds * 1000;
  await change(core.store.runs, key, (record) => (record.dueAtMs === dueAtMs ? undefined : { ...record, dueAtMs }));
  return done;
}

/** Decides whether it is time to write: the run has ended and its jobs with it, or a job has a problem. */
async function settleRun(core: Core, run: Run, jobs: readonly Job[]): Promise<Run | "later"> {
  const { timings } = core.settings;
  const open = jobs.filter((job) => !isEnded(job));
  if (run.completedAtMs !== undefined && open.length > 0) {
    // The run is over, so these ended too: either their events are on their way, or they were lost.
    const overdue = core.clock.nowMs() > run.completedAtMs + timings.verifyAfterSeconds * 1000;
    if (overdue) await Promise.all(open.slice(0, jobsAskedFor).map((job) => completeFromGitHub(core, job)));
    return await postpone(core, run, overdue ? timings.reportFallbackSeconds : timings.reportDelaySeconds);
  }
  if (run.completedAtMs !== undefined || jobs.some((job) => hasProblem(job))) return run;
  const lastEndedAtMs = Math.max(...jobs.map((job) => job.completedAtMs ?? 0));
  // Other people's jobs of the run may take hours: ours are reported once nothing of ours has happened for a while.
  const quiet = core.clock.nowMs() >= lastEndedAtMs + timings.reportFallbackSeconds * 1000;
  if (jobs.length > 0 && open.length === 0 && quiet) return run;
  await postpone(core, run, undefined);
  if (jobs.length > 0 && open.length === 0) await watchRun(core, run.key, timings.reportFallbackSeconds);
  return "later";
}

/** Without a time: the next event of the run brings it back. */
async function postpone(core: Core, run: Run, afterSeconds: number | undefined): Promise<"later"> {
  await unwatchRun(core, run.key);
  if (afterSeconds !== undefined) await moveReport(core, run.key, afterSeconds);
  return "later";
}

async function completeFromGitHub(core: Core, job: Job): Promise<void> {
  const facts = await core.github.readJob(job.repository, job.id);
  if (facts?.status === "completed") await onCompleted(core, { repository: job.repository, job: facts });
  if (facts !== undefined) return;
  // The run was deleted, and its jobs with it: nobody will ever tell how this one ended.
  await change(core.store.jobs, String(job.id), (record): Job | undefined =>
    jobMay(record.state, "completed")
      ? { ...record, state: "completed", completedAtMs: core.clock.nowMs(), reason: undefined }
      : undefined,
  );
}

/** Ended jobs whose annotation does not stand at GitHub yet. */
function unannotated({ annotated }: Run, jobs: readonly Job[]): Job[] {
  return jobs.filter((job) => isEnded(job) && !annotated.includes(job.id));
}

/** Nothing has ended since the last write, and the places in a line that may have changed are not worth another yet. */
function isRecent(core: Core, run: Run, jobs: readonly Job[]): boolean {
  const { completedAtMs, checkRunId, writtenAtMs = 0, sending, cancel } = run;
  if (completedAtMs !== undefined || checkRunId === undefined || sending !== undefined) return false;
  // What became of the cancelling may not stand there yet; when it does, nothing is written again.
  if (unannotated(run, jobs).length > 0 || cancel !== undefined) return false;
  return core.clock.nowMs() < writtenAtMs + core.settings.timings.reportEverySeconds * 1000;
}

async function writeReport(core: Core, run: Run, jobs: readonly Job[]): Promise<Verdict> {
  if (isRecent(core, run, jobs)) {
    await unwatchRun(core, run.key);
    return done;
  }
  const facts = await gatherFacts(core, run, jobs);
  const checkRun = composeCheckRun(facts);
  const patienceMs = core.settings.timings.callPatienceSeconds * 1000;
  const leftMs = run.sending === undefined ? 0 : run.sending.sinceMs + patienceMs - core.clock.nowMs();
  if (leftMs > 0) return again(Math.ceil(leftMs / 1000), "another report of the run is being written");
  const known = run.sending === undefined ? run : await reconcile(core, run, checkRun);
  if (known === "taken") return again(2, "another report of the run is being written");
  const pending = unannotated(known, jobs);
  const written = core.signer.sign(JSON.stringify(checkRun));
  const same = known.written === written;
  if (pending.length === 0 && known.checkRunId !== undefined && same) {
    await unwatchRun(core, run.key);
    return done;
  }
  const hasProblems = jobs.some((job) => hasProblem(job));
  if (!(await takeReportBudget(core, known, hasProblems))) {
    return again(60, "the budget for check runs is used up");
  }
  const batch = pending.slice(0, annotationsPerRequest);
  const sinceMs = core.clock.nowMs();
  const sending = { ...known, version: known.version + 1, sending: { jobs: batch.map((job) => job.id), sinceMs } };
  if (!(await core.store.runs.write(sending))) return again(2, "another report of the run is being written");
  const checkRunId = await send(core, facts, { ...sending, batch }, checkRun);
  await change(core.store.runs, run.key, (record) => ({
    ...record,
    checkRunId,
    annotated: [...record.annotated, ...(record.sending?.jobs ?? [])],
    sending: undefined,
    written,
    writtenAtMs: core.clock.nowMs(),
  }));
  core.log.info("check run written", { run: run.key, checkRun: checkRunId, conclusion: checkRun.conclusion });
  if (pending.length > batch.length) return again(1, "more annotations than fit into one request");
  await unwatchRun(core, run.key);
  return done;
}

/** Creates or updates the check run; resolves with its id. A failed call lets the next attempt look at once. */
async function send(
  core: Core,
  facts: ReportFacts,
  { checkRunId, batch }: { readonly checkRunId: number | undefined; readonly batch: readonly Job[] },
  checkRun: CheckRun,
): Promise<number> {
  const { repository, key } = facts.run;
  try {
    const full = { ...checkRun, annotations: await composeAnnotations(core, facts, batch) };
    if (checkRunId === undefined) return (await core.github.createCheckRun(repository, full)).id;
    await core.github.updateCheckRun(repository, checkRunId, full);
    return checkRunId;
  } catch (error) {
    await change(core.store.runs, key, (record) =>
      record.sending === undefined ? undefined : { ...record, sending: { ...record.sending, sinceMs: 0 } },
    );
    throw error;
  }
}

/** An earlier write did not come back: GitHub tells what it has, so that nothing is created or appended twice. */
async function reconcile(
  core: Core,
  run: Run,
  checkRun: { name: string; headSha: string; externalId: string },
): Promise<Run | "taken"> {
  const found = await core.github.findCheckRun(run.repository, checkRun);
  const sending = run.sending?.jobs ?? [];
  const arrived = found !== undefined && found.annotations >= run.annotated.length + sending.length;
  const settled: Run = {
    ...run,
    version: run.version + 1,
    checkRunId: found?.id ?? run.checkRunId,
    annotated: arrived ? [...run.annotated, ...sending] : run.annotated,
    sending: undefined,
  };
  // Of several reports that find out the same only one goes on.
  return (await core.store.runs.write(settled)) ? settled : "taken";
}

async function gatherFacts(core: Core, run: Run, jobs: readonly Job[]): Promise<ReportFacts> {
  const names = [...new Set(jobs.flatMap((job) => job.runnerName ?? []))];
  const records = await Promise.all(names.map((name) => core.store.runners.read(name)));
  const runners = new Map<string, Runner>();
  for (const runner of records) if (runner !== undefined) runners.set(runner.name, runner);
  return { run, jobs, runners };
}

/** The workflow file is read only when there is something to say on its lines. */
async function composeAnnotations(core: Core, facts: ReportFacts, jobs: readonly Job[]): Promise<Annotation[]> {
  if (jobs.length === 0) return [];
  const workflow = await readWorkflow(core, facts.run);
  return jobs.map((job) => composeAnnotation(facts, workflow, job));
}

/** The workflow file of the run, for the lines of its jobs. Without permission to read it, line 1 must do. */
async function readWorkflow(core: Core, run: Run): Promise<WorkflowFile> {
  let path = run.workflowPath;
  try {
    path ??= (await core.github.readRun(run.repository, run.runId))?.path;
    const text = path === undefined ? undefined : await core.github.readFile(run.repository, path, run.headSha);
    return { path: path ?? ".github", jobs: text === undefined ? [] : await core.workflows.jobs(path ?? "", text) };
  } catch (error) {
    if (!isCallError(error, "forbidden", "not-found")) throw error;
    core.log.warn("workflow file not readable: annotations stand on line 1", { run: run.key, detail: error.message });
    return { path: path ?? ".github", jobs: [] };
  }
}
