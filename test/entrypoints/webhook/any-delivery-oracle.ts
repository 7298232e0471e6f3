import { isUtf8 } from "node:buffer";
import { mostBytes } from "./any-delivery-build.ts";
import type { Built } from "./any-delivery-build.ts";

/** The status that a delivery must get, by what its maker knows and by other means than the door's. */
export function expectedStatus(built: Built): number {
  if (built.body.length > mostBytes) return 413;
  if (!built.signedRight) return 401;
  if (!built.namesRight) return 400;
  if (!built.typeRight) return 415;
  return payloadOf(built) === undefined ? 400 : 202;
}

type Json = Readonly<Record<string, unknown>>;

function payloadOf({ body }: Built): Json | undefined {
  if (!isUtf8(body)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return undefined;
  }
  if (!isObject(value) || depthOf(value) > 64) return undefined;
  if (!["string", "undefined"].includes(typeof (value["action"] ?? undefined))) return undefined;
  const installation = value["installation"] ?? undefined;
  if (installation === undefined) return value;
  const id = isObject(installation) ? installation["id"] : undefined;
  return Number.isSafeInteger(id) && (id as number) >= 1 ? value : undefined;
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Object.values(value).reduce<number>((most, one) => Math.max(most, depthOf(one)), 0);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A job as far as launching goes. */
type Known = { readonly must: boolean; may: boolean };

/** Which jobs must have got a runner, and which may, after the accepted deliveries in this order. */
export class Ledger {
  readonly jobs = new Map<number, Known>();

  /** The job that asks for a runner by this delivery; undefined when none does, or when it is not Mayfly's business. */
  accept(built: Built): number | undefined {
    const payload = payloadOf(built);
    if (payload === undefined || built.event !== "workflow_job" || !isServed(payload)) return undefined;
    const job = fieldsOf(payload["workflow_job"]);
    const action = String(payload["action"]);
    if (!isJob(job) || !["queued", "waiting", "in_progress", "completed"].includes(action)) return undefined;
    const labels = job.labels.filter((label): label is string => typeof label === "string");
    const named = isText(job["runner_name"]) && /^mayfly-\d+-\d+-\d+$/.test(job["runner_name"]);
    if (!named && !labels.some((label) => /^mayfly(?:\/|$)|^self-hosted$/i.test(label))) return undefined;
    const asks = action === "queued" || action === "waiting";
    const wants = asks && fits(labels);
    const before = this.jobs.get(job.id);
    if (before === undefined) this.jobs.set(job.id, { must: wants && job["status"] !== "waiting", may: wants });
    else before.may ||= wants;
    return asks ? job.id : undefined;
  }
}

function isServed(payload: Json): boolean {
  const repository = fieldsOf(payload["repository"]);
  const named = isText(repository["name"]) && isText(fieldsOf(repository["owner"])["login"]);
  return fieldsOf(payload["installation"])["id"] === 5 && Number.isSafeInteger(repository["id"]) && named;
}

function isJob(job: Json): job is Json & { readonly id: number; readonly labels: readonly unknown[] } {
  const numbers = [job["id"], job["run_id"]].every(Number.isSafeInteger);
  return numbers && isText(job["head_sha"]) && Array.isArray(job["labels"]);
}

/** One label of ours, beside it only what all runners have. */
function fits(labels: readonly string[]): boolean {
  const lower = new Set(labels.map((label) => label.toLowerCase()));
  for (const common of ["self-hosted", "linux", "x64"]) lower.delete(common);
  const [own = "", ...more] = lower;
  return more.length === 0 && /^mayfly(?:\/(?:default|lambda|ec2))?(?:\/run=[^/]*)?$/.test(own);
}

function fieldsOf(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
