import { createRequire } from "node:module";
import { jobFacts } from "../../helpers/records.ts";
import { jobPayload, runPayload } from "../../helpers/world/github.ts";
import { formerSecret, secret, signatureOf } from "./door.ts";
import type { Sent } from "./door.ts";
import type { DeliveryPlan, JobPlan } from "./any-delivery-plans.ts";

type Example = { readonly event: string; readonly payload: Record<string, unknown> };

/** Every example of GitHub's webhooks. */
export const examples: readonly Example[] = (
  createRequire(import.meta.url)("@octokit/webhooks-examples") as {
    readonly name: string;
    readonly examples: readonly Record<string, unknown>[];
  }[]
).flatMap(({ name, examples: payloads }) => payloads.map((payload) => ({ event: name, payload })));

/** Nothing of the tests' own deliveries comes near it. */
export const mostBytes = 64 * 1024;

/** A delivery with what its maker knows about it and the door does not. */
export type Built = Sent & {
  readonly signedRight: boolean;
  readonly namesRight: boolean;
  readonly typeRight: boolean;
  readonly event: string;
};

/** What came before in the same run. */
export type Earlier = { readonly built: Built[]; readonly jobs: (JobPlan & { readonly id: number })[] };

export function build(plan: DeliveryPlan, earlier: Earlier): Built {
  const guid = `guid-${earlier.built.length}`;
  const before = plan.replay && earlier.built.at(-1 - (plan.replay.back % Math.max(1, earlier.built.length)));
  if (plan.replay !== undefined && before !== undefined) {
    if (plan.replay.guid === "same") return before;
    const headers = before.headers.map(
      ([name, value]) => [name, name === "X-GitHub-Delivery" && before.namesRight ? guid : value] as const,
    );
    return { ...before, headers };
  }
  const { event, payload } = content(plan, earlier);
  const body = damaged(Buffer.from(JSON.stringify(payload)), plan.damage);
  const signatures = signaturesOf(body, plan.signature);
  const sentBody = plan.forged === undefined ? body : flipped(body, [plan.forged]);
  const said = plan.event === "as it is" ? event : plan.event;
  const events = plan.event === "missing" ? [] : plan.event === "twice" ? [event, event] : [said];
  const ids = { right: [guid], missing: [], twice: [guid, guid], odd: ["a b"] }[plan.delivery];
  const types = {
    json: ["application/json"],
    "json; charset": ["application/json; charset=utf-8"],
    form: ["application/x-www-form-urlencoded"],
    missing: [],
    twice: ["application/json", "application/json"],
    text: ["text/plain"],
  }[plan.contentType];
  const encodings = plan.encoding === "none" ? [] : [plan.encoding];
  const every = (name: string, values: readonly string[]): [string, string][] => values.map((one) => [name, one]);
  const oddEvents = ["missing", "twice", "__proto__", "*", "", "Workflow_Job"];
  return {
    headers: [
      ...every("X-GitHub-Event", events),
      ...every("X-GitHub-Delivery", ids),
      ...every("X-Hub-Signature-256", signatures),
      ...every("Content-Type", types),
      ...every("Content-Encoding", encodings),
    ],
    body: sentBody,
    event: said,
    signedRight: (plan.signature === "good" || plan.signature === "former") && sentBody.equals(body),
    namesRight: plan.delivery === "right" && !oddEvents.includes(plan.event),
    typeRight: plan.encoding === "none" && plan.contentType.startsWith("json"),
  };
}

function content({ source }: DeliveryPlan, earlier: Earlier): Example {
  if (source === "run") return { event: "workflow_run", payload: runPayload(900) as Record<string, unknown> };
  if ("job" in source) return { event: "workflow_job", payload: payloadOf(source.job, earlier) };
  const { event, payload } = examples[source.example % examples.length] ?? { event: "ping", payload: {} };
  if (source.ours === undefined) return { event, payload };
  const { installation, repository, workflow_job: job, action } = payloadOf(source.ours, earlier);
  const facts = { ...(payload["workflow_job"] as object | undefined), ...(job as object) };
  return { event, payload: { ...payload, installation, repository, action, workflow_job: facts } };
}

function payloadOf(plan: JobPlan, earlier: Earlier): Record<string, unknown> {
  const known = plan.lifeOf === undefined ? undefined : earlier.jobs.at(-1 - plan.lifeOf);
  const { labels, installation, repository, id } = known ?? { ...plan, id: 4_000_000 + earlier.jobs.length };
  if (known === undefined) earlier.jobs.push({ ...plan, id });
  const runnerName = { none: undefined, own: `mayfly-${id}-1-1`, hosted: "GitHub Actions 3", "never launched": "mayfly-9-1-1" }[plan.runnerName]; // prettier-ignore
  const job = jobFacts(id, { labels, status: plan.status, name: plan.name, runnerName });
  return {
    ...(jobPayload(plan.action, job) as Record<string, unknown>),
    repository: { id: repository, name: "demo", owner: { login: "octo" }, private: true },
    installation: { served: { id: 5 }, foreign: { id: 6 }, none: undefined }[installation],
  };
}

function damaged(body: Buffer, damage: DeliveryPlan["damage"]): Buffer {
  if (typeof damage === "object") return flipped(body, damage.bits);
  const first = (text: string): Buffer => Buffer.concat([Buffer.from(text), body.subarray(1)]);
  const last = (text: string): Buffer => Buffer.concat([body.subarray(0, -1), Buffer.from(text)]);
  const nested = (depth: number): string => `{"deep":${"[".repeat(depth)}${"]".repeat(depth)},`;
  const bodies = {
    none: () => body,
    truncated: () => body.subarray(0, -1),
    "byte order mark": () => Buffer.concat([Buffer.from("\uFEFF"), body]),
    deep: () => first(nested(63)),
    "too deep": () => first(nested(64)),
    "invalid UTF-8": () => Buffer.concat([Buffer.from('{"odd":"'), Buffer.from([0xc3, 0x28]), first('",')]),
    "a list": () => Buffer.concat([Buffer.from("["), body, Buffer.from("]")]),
    "odd action": () => last(',"action":{"toString":1,"valueOf":1}}'),
    "odd installation": () => last(',"installation":{"id":"5"}}'),
    "too large": () => Buffer.concat([body, Buffer.alloc(mostBytes, " ")]),
  };
  return bodies[damage]();
}

function flipped(body: Buffer, bits: readonly number[]): Buffer {
  const copy = Buffer.from(body);
  for (const bit of bits) {
    const at = (bit >> 3) % copy.length;
    copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7));
  }
  return copy;
}

function signaturesOf(body: Buffer, signature: DeliveryPlan["signature"]): string[] {
  const good = signatureOf(body, secret);
  const hex = good.slice(7);
  if (typeof signature === "object") return [`sha256=${flipped(Buffer.from(hex, "hex"), [signature.bit]).toString("hex")}`]; // prettier-ignore
  return {
    good: [good],
    former: [signatureOf(body, formerSecret)],
    "wrong secret": [signatureOf(body, "a stranger's secret")],
    "known secret": [signatureOf(body, "development")],
    missing: [],
    twice: [good, good],
    joined: [`${good},${good}`],
    capitals: [`sha256=${hex.toUpperCase()}`],
    sha1: [`sha1=${hex}`],
    "another body's": [signatureOf(Buffer.concat([body, Buffer.from(" ")]), secret)],
  }[signature];
}
