import type { Workflow } from "../../workflow/definition.ts";
import { parseWorkflowFile } from "../../workflow/parse.ts";
import type { JobHolds } from "../concurrency.ts";

export type WorkflowFile = {
  readonly path: string;
  /** What GitHub objects to; with any of them there is no workflow. */
  readonly errors: readonly string[];
  readonly workflow: Workflow | undefined;
  /** Job key → what its jobs may have to wait for. */
  readonly holds: ReadonlyMap<string, JobHolds>;
};

/** Reads a workflow file, its errors as their author reads them. Never rejects. */
export async function readWorkflow(path: string, text: string): Promise<WorkflowFile> {
  const { errors, workflow } = await parseWorkflowFile(path, text);
  return {
    path,
    errors: errors.map(({ message, line, column }) => `${path}:${line}:${column} ${message}`),
    workflow,
    holds: new Map(workflow?.jobs.map((job) => [job.key, job])),
  };
}
