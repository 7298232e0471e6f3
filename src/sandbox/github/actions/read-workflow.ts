import { parse } from "yaml";

import type { Workflow } from "../../workflow/definition.ts";
import { parseWorkflowFile } from "../../workflow/parse.ts";
import { plainValue } from "../../workflow/plain-value.ts";
import type { JobHolds } from "../concurrency.ts";

export type WorkflowFile = {
  readonly path: string;
  /** What GitHub objects to; with any of them there is no workflow. */
  readonly errors: readonly string[];
  readonly workflow: Workflow | undefined;
  /** Job key → what its jobs may have to wait for. */
  readonly holds: ReadonlyMap<string, JobHolds>;
};

/** What the parser says that nobody does, and the fake GitHub does. */
const DONE_HERE = ["concurrency", "environment"];

/** Reads a workflow file with what its jobs may have to wait for. Never rejects. */
export async function readWorkflow(path: string, text: string): Promise<WorkflowFile> {
  const { errors, workflow } = await parseWorkflowFile(path, text);
  if (workflow === undefined) {
    const said = errors.map(({ message, line, column }) => `${path}:${line}:${column} ${message}`);
    return { path, errors: said, workflow, holds: new Map() };
  }
  // GitHub's parser has found nothing wrong with the text, so that it may be read without care here
  const jobs = plainValue.record(plainValue.record(parse(text, { uniqueKeys: false, logLevel: "silent" }))["jobs"]);
  const holds = new Map(
    Object.keys(jobs).map((key) => {
      const { concurrency, environment } = plainValue.record(jobs[key]);
      return [key, { concurrency, environment }] as const;
    }),
  );
  return { path, errors: [], workflow: { ...workflow, jobs: workflow.jobs.map(withoutHolds) }, holds };
}

function withoutHolds(job: Workflow["jobs"][number]): Workflow["jobs"][number] {
  const left = job.notSupported.filter((what) => !DONE_HERE.some((name) => what.startsWith(`${name} (`)));
  return { ...job, notSupported: left };
}
