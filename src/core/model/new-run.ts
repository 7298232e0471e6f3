import type { Job } from "./job.ts";
import { runKeyOf } from "./run.ts";
import type { Run } from "./run.ts";

/** First version of the record of a job's workflow run attempt. */
export function newRun(job: Pick<Job, "repository" | "runId" | "runAttempt" | "workflowName" | "headSha">): Run {
  return {
    schema: 1,
    version: 1,
    key: runKeyOf(job),
    repository: job.repository,
    runId: job.runId,
    runAttempt: job.runAttempt,
    workflowName: job.workflowName,
    headSha: job.headSha,
    completedAtMs: undefined,
    workflowPath: undefined,
    checkRunId: undefined,
    annotated: [],
    sending: undefined,
    written: undefined,
    writtenAtMs: undefined,
    silenced: undefined,
    heardAtMs: undefined,
    dueAtMs: undefined,
    rerun: undefined,
  };
}
