import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { change } from "../model/change.ts";
import { isOnRunner } from "../model/is-on-runner.ts";
import type { Job, Reason } from "../model/job.ts";
import { githubRunnerName } from "../model/runner-name.ts";
import type { Runner } from "../model/runner.ts";
import { whyUnfit } from "../planning/plan/why-unfit.ts";
import { distrust } from "../planning/trust.ts";
import type { JobFacts } from "../ports.ts";
import type { HostAnswer } from "./claim.ts";
import { onInProgress } from "./observe.ts";
import { planOrPutOff } from "./plan.ts";
import type { Planned } from "./plan.ts";
import { requestEvaluation } from "./pool-request.ts";
import { roleFor } from "./role.ts";
import { readRunTrust } from "./run-trust.ts";
import { readSession } from "./session.ts";
import { refuseJob } from "./wait.ts";

/** The job-started hook of a runner asks whether the job may run on it. */
export type JobQuestion = {
  readonly runner: string;
  readonly session: string;
  readonly runId: number;
  readonly attempt: number;
};

/** GitHub's list of jobs shows a job's runner a moment late. */
const lookAgainSeconds = 3;

/** A matrix has at most 256 jobs, and a run seldom more than two of that size. */
const mostPages = 5;

/**
 * Answers before the job's first step: 200 allowed (with the credentials of its role, when it has one), 403 refused
 * with a reason for its author, 503 not known yet, 401 or 410 when the runner is not the asking host's (any more).
 * Everything is decided from what GitHub says of the job that runs on this runner, nothing from what the machine says.
 */
export async function answerJobQuestion(core: Core, question: JobQuestion): Promise<HostAnswer> {
  const claimId = readSession(core, question.runner, question.session);
  const runner = claimId === undefined ? undefined : await core.store.runners.read(question.runner);
  if (runner === undefined || runner.claimId !== claimId) return { status: 401 };
  if (runner.state === "ended" || runner.endingSinceMs !== undefined) return { status: 410 };
  const job = await jobOn(core, runner, question);
  if (job === undefined) return { status: 503, retryAfterSeconds: lookAgainSeconds };
  const run = await readRunTrust(core, job.repository, job);
  const stranger = distrust({ ...run, publicRepository: !job.repository.private }, core.policy);
  if (stranger !== undefined) return await refuse(core, runner, job, stranger);
  const planned = await planOrPutOff(core, job.repository, job, 1);
  if (planned.outcome === "later") return { status: 503, retryAfterSeconds: planned.decision.afterSeconds };
  if (planned.outcome === "refuse") return await refuse(core, runner, job, planned);
  const unfit = whyUnfitElsewhere(runner, job, planned);
  if (unfit !== undefined) return await refuse(core, runner, job, { code: "MF-OTHER-REPOSITORY", detail: unfit });
  await allow(core, job);
  // A job with fewer labels than the runner has, which is nobody's we know: it runs, without a role.
  const name = planned.outcome === "launch" ? planned.plan.spec.role : undefined;
  if (name === undefined) return { status: 200, body: { allowed: true } };
  const role = await roleFor(core, runner, job, name);
  return "status" in role ? role : { status: 200, body: { allowed: true, role } };
}

/**
 * Why a job of another repository of the organisation may not run here, though it might on a runner of its own;
 * undefined when it may. The machine was launched for somebody else, so it has to be what the job's own plan asks for.
 */
function whyUnfitElsewhere(runner: Runner, { repository }: Job, planned: Planned): string | undefined {
  const { owner, name, id } = runner.repository;
  if (repository.id === id) return undefined;
  const unfit = planned.outcome === "launch" ? whyUnfit(runner, planned.plan) : "the job asks for no runner of Mayfly";
  return unfit && `${runner.name} was launched for ${owner}/${name}: ${unfit}`;
}

/**
 * The record of the job that GitHub gave to this runner; undefined as long as GitHub does not show it. To find a job of
 * another repository, all of the organisation's would have to be asked: its `in_progress` tells.
 */
async function jobOn(core: Core, runner: Runner, { runId, attempt }: JobQuestion): Promise<Job | undefined> {
  const known = runner.jobId === undefined ? undefined : await core.store.jobs.read(String(runner.jobId));
  if (known !== undefined) return known;
  let page: number | undefined = 1;
  while (page !== undefined && page <= mostPages) {
    const { jobs, next } = await listJobs(core, runner, runId, page);
    const facts = jobs.find((one) => one.runAttempt === attempt && isOf(one, runner));
    if (facts !== undefined) {
      await onInProgress(core, { repository: runner.repository, job: facts });
      return await core.store.jobs.read(String(facts.id));
    }
    page = next;
  }
  return undefined;
}

type JobPage = Awaited<ReturnType<Core["github"]["listJobs"]>>;

/** The run's jobs; none when the runner is an organisation's and the run is none of its own repository's. */
async function listJobs(core: Core, runner: Runner, runId: number, page: number): Promise<JobPage> {
  try {
    return await core.github.listJobs(runner.repository, runId, page);
  } catch (error) {
    if (runner.organizationRunnerGroup === undefined || !isCallError(error, "not-found")) throw error;
    return { jobs: [], next: undefined };
  }
}

/** GitHub's name of a runner is ours with the number of its JIT config. */
function isOf(job: JobFacts, runner: Runner): boolean {
  const { name, mints, repository } = runner;
  return job.runnerName === githubRunnerName(name, mints) && isOnRunner(job, repository, runner);
}

/** Refused before, for a reason that does not hold any more. */
async function allow(core: Core, job: Job): Promise<void> {
  if (job.state !== "refused") return;
  await change(core.store.jobs, String(job.id), (record): Job | undefined =>
    record.state === "refused" ? { ...record, state: "running", reason: undefined } : undefined,
  );
}

/** The machine ends without a step of the job; whoever it was launched for gets another one. */
async function refuse(
  core: Core,
  runner: Runner,
  job: Job,
  { code, detail }: Pick<Reason, "code" | "detail">,
): Promise<HostAnswer> {
  core.log.warn("job refused on its runner", { job: job.id, runner: runner.name, code });
  await refuseJob(core, job, code, detail);
  await requestEvaluation(core, runner);
  return { status: 403, body: { allowed: false, reason: `${code}: ${detail}` } };
}
