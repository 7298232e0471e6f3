import { runCommand } from "./run-command.ts";
import type { RunningJob } from "./running-job.ts";
import { shellOf } from "./shell-command.ts";
import type { ReportedStep } from "./step-report.ts";

/**
 * Runs a job hook of the machine's owner (a shell script) as a step of its own, without the `env:` of workflow and job
 * (actions/runner, JobHookProvider): nothing that the job's author writes can change it. When it fails, so does the job.
 */
export async function runHook(job: RunningJob, path: string, reported: ReportedStep): Promise<void> {
  reported.begin();
  job.log.line(`##[group]Run '${path}'`);
  const { outcome } = await runCommand(job, {
    command: (searchPath) => shellOf(undefined).command(path, searchPath),
    cwd: job.folders.workspace,
    env: {},
    stepName: path,
  });
  if (outcome === "failure" && job.status === "success") job.status = "failure";
  reported.end(outcome);
}
