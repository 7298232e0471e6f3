import { readDocument } from "../../adapters/workflow-file/read-document.ts";
import type { DocumentError } from "../../adapters/workflow-file/read-document.ts";
import type { Workflow } from "./definition.ts";
import { parseDefaults } from "./parse-defaults.ts";
import { parseJob } from "./parse-job.ts";
import { plainValue } from "../../adapters/workflow-file/plain-value.ts";

export type { Defaults, Env, JobDefinition, RunsOn, StepDefinition, Workflow } from "./definition.ts";
export type { DocumentError };

/**
 * Reads a workflow file by GitHub's own parser. Never rejects. With `errors` there is no workflow: GitHub would end
 * the run at its start.
 */
export async function parseWorkflowFile(
  path: string,
  text: string,
): Promise<{ errors: readonly DocumentError[]; workflow: Workflow | undefined }> {
  const { errors, plain, jobLines } = await readDocument(path, text);
  if (errors.length > 0 || plain === undefined) return { errors, workflow: undefined };
  const jobs = plainValue.record(plain["jobs"]);
  const concurrency = plain["concurrency"];
  const workflow: Workflow = {
    name: plainValue.text(plain["name"]) ?? path,
    path,
    on: eventNames(plain["on"]),
    env: plainValue.textRecord(plain["env"]),
    defaults: parseDefaults(plain["defaults"]),
    ...(concurrency === undefined ? {} : { concurrency }),
    jobs: [...jobLines].map(([key, line]) => parseJob(key, line, plainValue.record(jobs[key]))),
  };
  return { errors, workflow };
}

function eventNames(on: unknown): string[] {
  return plainValue.isRecord(on) ? Object.keys(on) : plainValue.texts(on);
}
