import type { JobFacts } from "../ports.ts";
import { fieldsOf, someText, wholeNumber } from "./payload-fields.ts";

/** A `workflow_job` as webhooks and the REST API both give it; undefined when a needed fact is missing. */
export function readJobFacts(value: unknown): JobFacts | undefined {
  const job = fieldsOf(value);
  const [id, runId] = [wholeNumber(job["id"]), wholeNumber(job["run_id"])];
  const headSha = someText(job["head_sha"]);
  if (id === undefined || runId === undefined || headSha === undefined || !Array.isArray(job["labels"]))
    return undefined;
  const startedAtMs = time(job["started_at"]);
  return {
    id,
    runId,
    runAttempt: wholeNumber(job["run_attempt"]) ?? 1,
    name: someText(job["name"]) ?? String(id),
    workflowName: someText(job["workflow_name"]) ?? "workflow",
    headSha,
    headBranch: someText(job["head_branch"]),
    htmlUrl: someText(job["html_url"]),
    labels: job["labels"].filter((label) => typeof label === "string"),
    status: someText(job["status"]) ?? "queued",
    conclusion: someText(job["conclusion"]),
    runnerName: someText(job["runner_name"]),
    runnerId: wholeNumber(job["runner_id"]),
    runnerGroupId: wholeNumber(job["runner_group_id"]),
    createdAtMs: time(job["created_at"]) ?? startedAtMs ?? 0,
    startedAtMs,
    completedAtMs: time(job["completed_at"]),
  };
}

function time(value: unknown): number | undefined {
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
