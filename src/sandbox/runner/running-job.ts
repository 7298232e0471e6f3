import type { ConditionStatus, Contexts } from "../../adapters/workflow-file/expressions.ts";
import type { Folders } from "./folders.ts";
import type { JobLog } from "./job-log.ts";
import type { JobMessage } from "./job-message.ts";
import type { SecretMasks } from "./secret-masks.ts";
import type { Grace } from "./step-process.ts";
import type { StepConclusion } from "./step-report.ts";
import type { Stop } from "./stop.ts";
import type { JobAnnotation } from "./workflow-commands.ts";

export type StepResult = {
  readonly outputs: Readonly<Record<string, string>>;
  readonly outcome: StepConclusion;
  readonly conclusion: StepConclusion;
};

/** Everything that one job's steps share. */
export type RunningJob = {
  readonly message: JobMessage;
  readonly runnerName: string;
  readonly folders: Folders;
  readonly log: JobLog;
  readonly masks: SecretMasks;
  readonly stop: Stop;
  readonly grace: Grace;
  /** The listener's own environment, which every step inherits. */
  readonly inherited: Readonly<Record<string, string>>;
  readonly trackingId: string;
  readonly annotations: JobAnnotation[];
  /** `env:` of workflow and job, and what steps wrote into GITHUB_ENV. */
  env: Readonly<Record<string, string>>;
  /** What steps wrote into GITHUB_PATH, the latest first. */
  path: readonly string[];
  status: Exclude<ConditionStatus, "skipped">;
  readonly steps: Record<string, StepResult>;
};

/** The contexts that a step's expressions may name, with the step's own `env:` merged in. */
export function stepContexts(job: RunningJob, stepEnv: Readonly<Record<string, string>> = {}): Contexts {
  const { message, folders } = job;
  const event = message.github["event"] as { inputs?: unknown } | undefined;
  return {
    github: githubContext(job),
    env: { ...job.env, ...stepEnv },
    vars: message.vars,
    secrets: message.secrets,
    needs: message.needs,
    strategy: message.strategy,
    matrix: message.matrix,
    inputs: event?.inputs ?? {},
    steps: job.steps,
    job: { status: job.status },
    runner: {
      name: job.runnerName,
      os: "Linux",
      arch: runnerArch(),
      temp: folders.temp,
      tool_cache: folders.tools,
      workspace: folders.work,
      environment: "self-hosted",
      debug: "",
    },
  };
}

/** The `github` context: what GitHub sent, and what only the machine knows. */
export function githubContext(job: RunningJob): Readonly<Record<string, unknown>> {
  const { message, folders } = job;
  return {
    run_id: String(message.runId),
    run_number: String(message.runNumber),
    run_attempt: String(message.runAttempt),
    workflow: message.workflow.name,
    job: message.job.key,
    ...message.github,
    token: message.secrets["GITHUB_TOKEN"] ?? "",
    workspace: folders.workspace,
    event_path: folders.eventFile,
  };
}

/** RUNNER_ARCH's word for this machine. */
export function runnerArch(): string {
  return process.arch === "arm64" ? "ARM64" : "X64";
}
