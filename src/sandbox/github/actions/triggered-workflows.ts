import type { RepositoryRecord } from "../state.ts";
import { readWorkflow, type WorkflowFile } from "./read-workflow.ts";
import { workflowPaths } from "./workflow-paths.ts";

/** Workflow files of a commit that the event triggers. What cannot be read is triggered by nothing here. */
export async function triggeredWorkflows(
  repository: RepositoryRecord,
  sha: string,
  event: string,
): Promise<WorkflowFile[]> {
  const files = repository.commits.get(sha)?.files ?? new Map<string, string>();
  const read = await Promise.all(workflowPaths(files).map((path) => readWorkflow(path, files.get(path) ?? "")));
  return read.filter(({ workflow }) => workflow?.on.includes(event) === true);
}
