import type { JobFacts, QueueEntry } from "../ports.ts";
import type { Repository } from "../model/repository.ts";
import { ownRunnerName } from "../model/runner-name.ts";
import { mayBeOurs } from "../planning/labels.ts";
import type { Settings } from "../settings.ts";

/** A webhook delivery whose signature has been checked. */
export type WebhookDelivery = { readonly id: string; readonly event: string; readonly payload: unknown };

export type Intake = { readonly entries: readonly QueueEntry[]; readonly ignored: string | undefined };

/**
 * Turns a delivery into the messages of the work queue, or says why there are none. Pure, never throws: what GitHub
 * may send tomorrow is ignored today.
 */
export function intake(delivery: WebhookDelivery, settings: Pick<Settings, "labelPrefix" | "installations">): Intake {
  const payload = record(delivery.payload);
  const repository = readRepository(payload);
  if (repository === undefined) return ignored("no repository or installation in it");
  const served = settings.installations;
  if (served !== undefined && !served.includes(repository.installationId)) {
    return ignored(`installation ${repository.installationId} is not served`);
  }
  const group = String(repository.id);
  if (delivery.event === "workflow_run" && payload["action"] === "completed") {
    const run = record(payload["workflow_run"]);
    const [runId, runAttempt] = [number(run["id"]), number(run["run_attempt"])];
    if (runId === undefined || runAttempt === undefined) return ignored("no run in it");
    // GitHub may add `@ref` to the path.
    const path = text(run["path"])?.replace(/(\.ya?ml)@.*$/, "$1");
    return { entries: [{ group, message: { kind: "run", repository, runId, runAttempt, path } }], ignored: undefined };
  }
  if (delivery.event !== "workflow_job") return ignored(`event ${delivery.event} is not needed`);
  const job = readJobFacts(payload["workflow_job"]);
  const action = payload["action"];
  if (job === undefined || !isJobAction(action)) return ignored("no job or an unknown action in it");
  const ours =
    mayBeOurs(job.labels, settings.labelPrefix) || ownRunnerName(settings.labelPrefix, job.runnerName) !== undefined;
  if (!ours) return ignored("no label of ours");
  const message = { kind: "job", action, delivery: delivery.id, repository, job } as const;
  return { entries: [{ group, message }], ignored: undefined };
}

/** A `workflow_job` as webhooks and the REST API both give it; undefined when a needed fact is missing. */
export function readJobFacts(value: unknown): JobFacts | undefined {
  const job = record(value);
  const [id, runId] = [number(job["id"]), number(job["run_id"])];
  const headSha = text(job["head_sha"]);
  if (id === undefined || runId === undefined || headSha === undefined || !Array.isArray(job["labels"]))
    return undefined;
  const startedAtMs = time(job["started_at"]);
  return {
    id,
    runId,
    runAttempt: number(job["run_attempt"]) ?? 1,
    name: text(job["name"]) ?? String(id),
    workflowName: text(job["workflow_name"]) ?? "workflow",
    headSha,
    headBranch: text(job["head_branch"]),
    htmlUrl: text(job["html_url"]),
    labels: job["labels"].filter((label) => typeof label === "string"),
    status: text(job["status"]) ?? "queued",
    conclusion: text(job["conclusion"]),
    runnerName: text(job["runner_name"]),
    createdAtMs: time(job["created_at"]) ?? startedAtMs ?? 0,
    startedAtMs,
    completedAtMs: time(job["completed_at"]),
  };
}

function readRepository(payload: Record<string, unknown>): Repository | undefined {
  const repository = record(payload["repository"]);
  const installationId = number(record(payload["installation"])["id"]);
  const [id, name] = [number(repository["id"]), text(repository["name"])];
  const owner = text(record(repository["owner"])["login"]);
  if (id === undefined || name === undefined || owner === undefined || installationId === undefined) return undefined;
  return { id, owner, name, installationId, private: repository["private"] === true };
}

function isJobAction(action: unknown): action is "queued" | "in_progress" | "completed" | "waiting" {
  return action === "queued" || action === "in_progress" || action === "completed" || action === "waiting";
}

function ignored(reason: string): Intake {
  return { entries: [], ignored: reason };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}

/** GitHub writes an absent runner name as null or as an empty text. */
function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function time(value: unknown): number | undefined {
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
