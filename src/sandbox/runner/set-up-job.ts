import { readFileSync } from "node:fs";
import { join } from "node:path";
import { evaluateTemplate } from "../../adapters/workflow-file/expressions.ts";
import { fail } from "./run-command.ts";
import { stepContexts } from "./running-job.ts";
import type { RunningJob } from "./running-job.ts";

/** The first lines of a job's log and the `env:` of workflow and job. A wrong expression there fails the job. */
export function setUpJob(job: RunningJob): void {
  job.log.line("This job is run by Mayfly's stand-in for the Actions runner");
  job.log.line(`Runner name: '${job.runnerName}'`);
  for (const { group, detail } of setupInfo(job.folders.root)) {
    job.log.line(`##[group]${group}`);
    for (const line of detail.split("\n")) job.log.line(line);
    job.log.line("##[endgroup]");
  }
  for (const what of job.message.job.notSupported) job.log.line(`##[warning]Not done by the stand-in: ${what}`);
  try {
    for (const env of [job.message.workflow.env, job.message.job.env]) {
      const contexts = stepContexts(job);
      const evaluated = Object.entries(env).map(([key, value]) => [key, evaluateTemplate(value, contexts)]);
      job.env = { ...job.env, ...Object.fromEntries(evaluated) };
    }
  } catch (error) {
    fail(job, (error as Error).message);
    job.status = "failure";
  }
}

/** `.setup_info` in the runner's root: what the machine's owner wants to stand in each job's log. */
function setupInfo(root: string): { group: string; detail: string }[] {
  try {
    return JSON.parse(readFileSync(join(root, ".setup_info"), "utf8")) as { group: string; detail: string }[];
  } catch {
    return [];
  }
}
