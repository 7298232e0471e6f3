import { randomUUID } from "node:crypto";
import { evaluateTemplate, evaluateValue } from "../../adapters/workflow-file/expressions.ts";
import { makeFolders } from "./folders.ts";
import { jobLog } from "./job-log.ts";
import type { JobMessage } from "./job-message.ts";
import { endOrphans } from "./orphans.ts";
import { fail } from "./run-command.ts";
import { runHook } from "./run-hook.ts";
import { runStep, writtenName } from "./run-step.ts";
import { stepContexts } from "./running-job.ts";
import type { RunningJob } from "./running-job.ts";
import { secretMasks } from "./secret-masks.ts";
import type { Server } from "./server.ts";
import { setUpJob } from "./set-up-job.ts";
import type { Grace } from "./step-process.ts";
import { stepReport } from "./step-report.ts";
import type { ReportedStep, StepReport } from "./step-report.ts";
import type { Stop, StopReason } from "./stop.ts";

export type JobConclusion = "success" | "failure" | "cancelled";

export type Machine = {
  readonly root: string;
  readonly workFolder: string;
  readonly runnerName: string;
  readonly accessToken: string;
  readonly env: Readonly<Record<string, string>>;
  readonly grace: Grace;
  readonly print: (line: string) => void;
};

/** Minutes that a job has when it does not say. */
const DEFAULT_TIMEOUT_MINUTES = 360;

const STOPPED: Readonly<Record<StopReason, string>> = {
  shutdown:
    "The runner has received a shutdown signal. This can happen when the runner service is stopped, or a manually started runner is canceled.",
  cancel: "The operation was canceled.",
  timeout: "The job has exceeded its maximum execution time.",
  lost: "GitHub does not know this job any more.",
};

/** Runs a job from its first step to the report of its end. Rejects only when the server cannot be told. */
export async function runJob(
  message: JobMessage,
  machine: Machine,
  server: Server,
  stop: Stop,
): Promise<JobConclusion> {
  const path = `/jobs/${String(message.jobId)}`;
  const report = stepReport(async (steps) => {
    const { status, body } = await server.insist("POST", `${path}/steps`, { body: { steps } });
    if (status === 404 || status === 410) stop.now("lost");
    if ((body as { cancel?: boolean } | undefined)?.cancel === true) stop.now("cancel");
  });
  const job = createJob(message, machine, stop, async (text) => {
    await server.insist("POST", `${path}/log`, { body: { text } });
  });
  await runSteps(job, report);
  const outputs = jobOutputs(job);
  const annotations = job.annotations;
  await job.log.close();
  await report.close();
  if (stop.reason() === "cancel") job.status = "cancelled"; // the last answer may have asked for it
  await server.insist("POST", `${path}/complete`, { body: { conclusion: job.status, outputs, annotations } });
  return job.status;
}

function createJob(
  message: JobMessage,
  machine: Machine,
  stop: Stop,
  send: (text: string) => Promise<void>,
): RunningJob {
  const masks = secretMasks();
  for (const secret of [machine.accessToken, ...Object.values(message.secrets)]) masks.add(secret);
  const repository = message.github["repository"];
  const { root, workFolder, env } = machine;
  return {
    message,
    runnerName: machine.runnerName,
    folders: makeFolders(
      root,
      workFolder,
      typeof repository === "string" ? repository : "",
      message.github["event"],
      env["RUNNER_TOOL_CACHE"],
    ),
    log: jobLog(masks, machine.print, send),
    masks,
    stop,
    grace: machine.grace,
    inherited: env,
    trackingId: `github_${randomUUID()}`,
    annotations: [],
    env: {},
    path: [],
    status: "success",
    steps: {},
  };
}

async function runSteps(job: RunningJob, report: StepReport): Promise<void> {
  const { inherited, message, stop } = job;
  const setUp = report.add("Set up job");
  const started = hook(job, inherited["ACTIONS_RUNNER_HOOK_JOB_STARTED"], "Set up runner", report);
  const steps = message.job.steps.map((step) => ({ step, reported: report.add(writtenName(step)) }));
  const completed = hook(job, inherited["ACTIONS_RUNNER_HOOK_JOB_COMPLETED"], "Complete runner", report);
  const end = report.add("Complete job");

  setUp.begin();
  setUpJob(job);
  setUp.end(job.status);
  const timer = limitTime(job);
  const sayStopped = (): void => fail(job, STOPPED[stop.reason() ?? "cancel"]);
  if (stop.signal.aborted) sayStopped();
  else stop.signal.addEventListener("abort", sayStopped, { once: true });
  await inOrder(job, started);
  for (const { step, reported } of steps) await inOrder(job, () => runStep(job, step, reported));
  await inOrder(job, completed);
  clearTimeout(timer);
  completeJob(job, end);
}

/** A job hook as a step of its own; without a hook there is no step. */
function hook(job: RunningJob, path: string | undefined, name: string, report: StepReport): () => Promise<void> {
  if (path === undefined || path === "") return () => Promise.resolve();
  const reported = report.add(name);
  return () => runHook(job, path, reported);
}

async function inOrder(job: RunningJob, run: () => Promise<void>): Promise<void> {
  if (job.stop.signal.aborted) job.status = "cancelled";
  await run();
  if (job.stop.signal.aborted) job.status = "cancelled";
}

function limitTime(job: RunningJob): NodeJS.Timeout {
  const written = job.message.job.timeoutMinutes;
  let minutes: unknown = written;
  try {
    minutes = typeof written === "string" ? evaluateValue(written, stepContexts(job)) : written;
  } catch (error) {
    fail(job, (error as Error).message);
    job.status = "failure";
  }
  const limit = typeof minutes === "number" && minutes > 0 ? minutes : DEFAULT_TIMEOUT_MINUTES;
  return setTimeout(() => job.stop.now("timeout"), Math.min(limit * 60_000, 2 ** 31 - 1));
}

function completeJob(job: RunningJob, reported: ReportedStep): void {
  reported.begin();
  job.log.line("Cleaning up orphan processes");
  for (const { pid, name } of endOrphans(job.trackingId)) {
    job.log.line(`Terminate orphan process: pid (${String(pid)}) (${name})`);
  }
  reported.end("success");
}

function jobOutputs(job: RunningJob): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [name, text] of Object.entries(job.message.job.outputs)) {
    try {
      const value = evaluateTemplate(text, stepContexts(job));
      if (job.masks.apply(value) === value) outputs[name] = value;
      else job.log.line(`##[warning]Skip output '${name}' since it may contain secret.`);
    } catch (error) {
      fail(job, (error as Error).message);
      if (job.status === "success") job.status = "failure";
    }
  }
  return outputs;
}
