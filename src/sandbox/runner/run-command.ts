import { fileCommands } from "./file-commands.ts";
import type { FileCommands } from "./file-commands.ts";
import { processEnvironment } from "./process-environment.ts";
import type { RunningJob } from "./running-job.ts";
import type { ShellCommand } from "./shell-command.ts";
import { stepProcess } from "./step-process.ts";
import { workflowCommands } from "./workflow-commands.ts";

export type CommandOrder = {
  /** Makes the command once the process's PATH is known; may throw. */
  readonly command: (path: string) => ShellCommand;
  readonly cwd: string;
  /** Of workflow, job and step, the nearest wins. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMinutes?: number | undefined;
  readonly stepName: string;
};

export type CommandEnd = {
  readonly outcome: "success" | "failure" | "cancelled";
  readonly outputs: Readonly<Record<string, string>>;
};

/** GitHub keeps a few of each step; the rest stands in the log only. */
const MAX_ANNOTATIONS = 50;

/**
 * Runs one process of a job (a step's script or a hook), with its output in the job's log, and takes over what it
 * wrote into its files. Never rejects: what goes wrong is an error line, an annotation and the outcome `failure`.
 */
export async function runCommand(job: RunningJob, order: CommandOrder): Promise<CommandEnd> {
  const commands = fileCommands(job.folders.temp);
  try {
    const env = processEnvironment(job, order.env, commands.env);
    const command = order.command(env["PATH"] ?? "");
    logCommand(job, command, order.env);
    const ended = await runWithLimit(job, order, command, env);
    const outputs = takeOver(job, commands);
    if (ended === "cancelled") return { outcome: "cancelled", outputs };
    if (ended === 0) return { outcome: "success", outputs };
    throw new CommandFailure(ended, outputs);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    fail(job, message);
    return { outcome: "failure", outputs: error instanceof CommandFailure ? error.outputs : {} };
  }
}

/** Error line and annotation, as GitHub shows a failed step. */
export function fail(job: RunningJob, message: string): void {
  job.log.line(`##[error]${message}`);
  job.annotations.push({ level: "failure", message: job.masks.apply(message) });
}

class CommandFailure extends Error {
  readonly outputs: Readonly<Record<string, string>>;

  constructor(ended: number | "timeout", outputs: Readonly<Record<string, string>>) {
    super(ended === "timeout" ? "The step has timed out." : `Process completed with exit code ${String(ended)}.`);
    this.outputs = outputs;
  }
}

async function runWithLimit(
  job: RunningJob,
  { cwd, timeoutMinutes, stepName }: CommandOrder,
  { file, args }: ShellCommand,
  env: Readonly<Record<string, string>>,
): Promise<number | "cancelled" | "timeout"> {
  const stop = new AbortController();
  const cancel = (): void => stop.abort("cancelled");
  // steps that run although the job is being stopped (`always()`) are not stopped by that once more
  if (!job.stop.signal.aborted) job.stop.signal.addEventListener("abort", cancel, { once: true });
  const timer =
    timeoutMinutes === undefined ? undefined : setTimeout(() => stop.abort("timeout"), timeoutMinutes * 60_000);
  const line = workflowCommands(job.log, job.masks, (annotation) => {
    if (job.annotations.length < MAX_ANNOTATIONS) job.annotations.push(annotation);
  });
  try {
    const code = await stepProcess({ file, args, cwd, env, line, signal: stop.signal, grace: job.grace });
    if (!stop.signal.aborted) return code;
    if (stop.signal.reason === "cancelled") {
      job.log.line("##[error]The operation was canceled.");
      return "cancelled";
    }
    job.log.line(`##[error]The action '${stepName}' has timed out after ${String(timeoutMinutes)} minutes.`);
    return "timeout";
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`An error occurred trying to start process '${file}' with working directory '${cwd}'. ${reason}`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    job.stop.signal.removeEventListener("abort", cancel);
  }
}

function logCommand(job: RunningJob, { shown }: ShellCommand, env: Readonly<Record<string, string>>): void {
  job.log.line(`shell: ${shown}`);
  const variables = Object.entries(env);
  if (variables.length > 0) job.log.line("env:");
  for (const [key, value] of variables) job.log.line(`  ${key}: ${value.replaceAll("\n", "\n  ")}`);
  job.log.line("##[endgroup]");
}

function takeOver(job: RunningJob, commands: FileCommands): Readonly<Record<string, string>> {
  try {
    const { env, outputs, path } = commands.read();
    job.env = { ...job.env, ...env };
    job.path = [...path.toReversed(), ...job.path];
    return outputs;
  } catch (error) {
    throw new Error(`Unable to process file command successfully. ${(error as Error).message}`, { cause: error });
  }
}
