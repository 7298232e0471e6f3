import type { Message, QueueEntry } from "../ports.ts";
import type { Repository } from "../model/repository.ts";
import { ownRunnerName } from "../model/runner-name.ts";
import { mayBeOurs, readLabels } from "../planning/labels.ts";
import type { Settings } from "../settings.ts";
import { readPullRequest, readPush } from "./intake-changes.ts";
import { readJobFacts } from "./job-facts.ts";
import { fieldsOf, someText, wholeNumber } from "./payload-fields.ts";

/** A webhook delivery whose signature has been checked. */
export type WebhookDelivery = { readonly id: string; readonly event: string; readonly payload: unknown };

export type Intake = { readonly entries: readonly QueueEntry[]; readonly ignored: string | undefined };

/** What a delivery of an event means, or why nothing. */
type Reader = (
  payload: Readonly<Record<string, unknown>>,
  repository: Repository,
  delivery: { readonly id: string; readonly labelPrefix: string },
) => Message | string;

const readers: ReadonlyMap<string, Reader> = new Map([
  ["workflow_job", readJob],
  ["workflow_run", readRun],
  ["push", readPush],
  ["pull_request", readPullRequest],
]);

/**
 * Turns a delivery into the messages of the work queue, or says why there are none. Pure, never throws: what GitHub
 * may send tomorrow is ignored today.
 */
export function intake(delivery: WebhookDelivery, settings: Pick<Settings, "labelPrefix" | "installations">): Intake {
  const payload = fieldsOf(delivery.payload);
  const repository = readRepository(payload);
  if (repository === undefined) return ignored("no repository or installation in it");
  const { installations: served, labelPrefix } = settings;
  if (served !== undefined && !served.includes(repository.installationId)) {
    return ignored(`installation ${repository.installationId} is not served`);
  }
  const read = readers.get(delivery.event);
  if (read === undefined) return ignored(`event ${delivery.event} is not needed`);
  const message = read(payload, repository, { id: delivery.id, labelPrefix });
  if (typeof message === "string") return ignored(message);
  return { entries: [{ group: String(repository.id), message }], ignored: undefined };
}

function readJob(...[payload, repository, { id, labelPrefix }]: Parameters<Reader>): Message | string {
  const job = readJobFacts(payload["workflow_job"]);
  const action = payload["action"];
  if (job === undefined || !isJobAction(action)) return "no job or an unknown action in it";
  const onOurs = ownRunnerName(labelPrefix, job.runnerName) !== undefined;
  if (!onOurs && !mayBeOurs(job.labels, labelPrefix)) return noLabelOfOurs(job.labels, labelPrefix);
  return { kind: "job", action, delivery: id, repository, job };
}

function readRun(...[payload, repository]: Parameters<Reader>): Message | string {
  if (payload["action"] !== "completed") return "a run that has not ended";
  const run = fieldsOf(payload["workflow_run"]);
  const [runId, runAttempt] = [wholeNumber(run["id"]), wholeNumber(run["run_attempt"])];
  if (runId === undefined || runAttempt === undefined) return "no run in it";
  // GitHub may add `@ref` to the path.
  const path = someText(run["path"])?.replace(/(\.ya?ml)@.*$/, "$1");
  return { kind: "run", repository, runId, runAttempt, path };
}

/** Why nothing happens, for who looks for a job of theirs in the log: a slip of the pen is named. */
function noLabelOfOurs(labels: readonly string[], prefix: string): string {
  const verdict = readLabels(labels, prefix, { runners: new Map(), labelOverrides: undefined });
  const nearMiss = verdict.kind === "not-ours" ? verdict.nearMiss : undefined;
  return nearMiss === undefined ? "no label of ours" : `no label of ours: ${nearMiss}`;
}

function readRepository(payload: Readonly<Record<string, unknown>>): Repository | undefined {
  const repository = fieldsOf(payload["repository"]);
  const installationId = wholeNumber(fieldsOf(payload["installation"])["id"]);
  const [id, name] = [wholeNumber(repository["id"]), someText(repository["name"])];
  const { login, type } = fieldsOf(repository["owner"]);
  const owner = someText(login);
  if (id === undefined || name === undefined || owner === undefined || installationId === undefined) return undefined;
  const defaultBranch = someText(repository["default_branch"]);
  const ownedByOrganization = typeof type === "string" ? type === "Organization" : undefined;
  const isPrivate = repository["private"] === true;
  return { id, owner, name, installationId, private: isPrivate, ownedByOrganization, defaultBranch };
}

function isJobAction(action: unknown): action is "queued" | "in_progress" | "completed" | "waiting" {
  return action === "queued" || action === "in_progress" || action === "completed" || action === "waiting";
}

function ignored(reason: string): Intake {
  return { entries: [], ignored: reason };
}
