import { duration } from "../check-run/duration.ts";
import { escalationOf, summarize } from "./history.ts";
import type { Death, History } from "./history.ts";
import { labelSetOf } from "./labels.ts";
import { describeUsd } from "./machines/cost.ts";
import { describeNeed } from "./workflows/describe-need.ts";
import { openNeeds } from "./workflows/open-needs.ts";
import type { WorkflowJobFacts, WorkflowsFacts } from "./workflows/workflow-facts.ts";

/** A job that says so ends in time on Lambda, whose machine lives for 15 minutes at most. */
export const safeTimeoutMinutes = 13;
/** Jobs that usually end within this leave room for a slow day. */
const safeP95Seconds = 600;
/** Reasons beside the first one; a list of all would hide it. */
const mostMoreReasons = 3;

export type AutoInput = {
  /** As `labelSetOf` gives it. */
  readonly labelSet: readonly string[];
  readonly labelPrefix: string;
  /** Of the default branch; undefined when they cannot be read. */
  readonly workflows: WorkflowsFacts | undefined;
  /** Jobs of other repositories, of which nothing is known, may take such a runner. */
  readonly organizationRunners?: boolean | undefined;
  /** Patterns of actions that the operator knows to be safe. */
  readonly safeActions: readonly string[];
  /** Of this label set. */
  readonly history: History;
  readonly nowMs: number;
  /** What such a job costs; undefined when a price is not known. */
  readonly lambda: { readonly usd: number | undefined };
  readonly ec2: { readonly usd: number | undefined; readonly machine: string };
};

export type AutoDecision = {
  readonly execution: "lambda" | "ec2";
  /** Sentences for the developer, the decision first; never empty. */
  readonly reasons: readonly string[];
};

/**
 * Where `auto` runs a job: on Lambda when every job of the repository's workflows that may take such a runner is known
 * to be safe there, else on EC2, with the reasons. It decides for the label set, because GitHub gives a runner to any
 * job whose labels it has. What is not known is not safe.
 */
export function decideAuto(input: AutoInput): AutoDecision {
  const against = reasonsAgainst(input);
  const [first, ...others] = against;
  if (first === undefined) return { execution: "lambda", reasons: [`Lambda: ${reasonsFor(input).join(", ")}`] };
  const more = others.slice(0, mostMoreReasons);
  const left = others.length - more.length;
  const rest = left === 0 ? [] : [`and ${left} more ${left === 1 ? "reason" : "reasons"} of this kind`];
  return { execution: "ec2", reasons: [`EC2: ${first}`, ...more, ...rest] };
}

/** Why Lambda is out of the question, the weightiest reason first; each once. */
function reasonsAgainst(input: AutoInput): string[] {
  const { workflows, labelSet, labelPrefix, safeActions } = input;
  const died = escalation(input);
  if (input.organizationRunners === true) {
    return [...died, "its runner is the organisation's, and jobs of other repositories may take it"];
  }
  if (workflows === undefined) return [...died, "the workflow files of the default branch could not be read"];
  const own = workflows.jobs.filter((job) => setsOf(job, labelPrefix).some((set) => equal(set, labelSet)));
  const takers = workflows.jobs.filter((job) => setsOf(job, labelPrefix).some((set) => mayTake(set, labelSet)));
  const unknown = workflows.jobs.filter((job) => job.labelSets === "unknown");
  const reasons = [
    ...died,
    ...(own.length === 0 ? ["no workflow of the default branch is known to use this label"] : []),
    ...takers.flatMap((job) => needsOf(job, safeActions)),
    ...timeReason(takers, input.history),
    ...unknown.map(
      (job) => `the \`runs-on\` of ${nameOf(job, job.runsOn.line)} is known in a run only and may be this label`,
    ),
    ...workflows.unread.map(({ path, reason }) => `${path} may have more jobs with this label (${reason})`),
  ];
  return [...new Set(reasons)];
}

const deaths: Readonly<Record<Death, string>> = {
  time: "ran out of time",
  memory: "ran out of memory",
  docker: "missed Docker",
  sudo: "missed root",
  browser: "missed what a browser needs",
};

function escalation({ history, nowMs }: AutoInput): string[] {
  const found = escalationOf(history, nowMs);
  if (found === undefined) return [];
  const { died, atMs, untilMs } = found;
  return [
    `a job with this label ${deaths[died]} on Lambda on ${day(atMs)}, hence no Lambda for it until ${day(untilMs)}`,
  ];
}

function needsOf(job: WorkflowJobFacts, safeActions: readonly string[]): string[] {
  return openNeeds(job, safeActions).map((need) => `${nameOf(job, need.line)} ${describeNeed(need)}`);
}

/** Every job must say that it ends in time; or what jobs with the label did before says it for them. */
function timeReason(jobs: readonly WorkflowJobFacts[], history: History): string[] {
  const { runs, p95Seconds } = summarize(history);
  if (p95Seconds !== undefined && p95Seconds < safeP95Seconds) return [];
  const past = p95Seconds === undefined ? "" : ` (p95 ${duration(p95Seconds * 1000)} over ${countOf(runs, "run")})`;
  return jobs
    .filter(({ timeoutMinutes }) => typeof timeoutMinutes !== "number" || timeoutMinutes > safeTimeoutMinutes)
    .map((job) => `${nameOf(job, job.line)} ${timeSentence(job.timeoutMinutes)}${past}`);
}

function timeSentence(timeoutMinutes: WorkflowJobFacts["timeoutMinutes"]): string {
  const most = `\`timeout-minutes: ${safeTimeoutMinutes}\` or less`;
  if (timeoutMinutes === undefined) return `may take longer than Lambda's 15 minutes: give it ${most}`;
  if (timeoutMinutes === "unknown") return `has a \`timeout-minutes\` that is known in a run only: give it ${most}`;
  return `may take ${timeoutMinutes} minutes, longer than Lambda has: give it ${most}`;
}

/** Why Lambda is fine, as parts of a sentence. */
function reasonsFor({ workflows, labelSet, labelPrefix, history, lambda, ec2 }: AutoInput): string[] {
  const jobs = (workflows?.jobs ?? []).filter((job) => setsOf(job, labelPrefix).some((set) => equal(set, labelSet)));
  const single = jobs.length === 1;
  const { runs, p95Seconds } = summarize(history);
  const times = jobs.map(({ timeoutMinutes }) => (typeof timeoutMinutes === "number" ? timeoutMinutes : 0));
  const prices = lambda.usd !== undefined && ec2.usd !== undefined;
  return [
    single ? "1 job uses this label" : `${jobs.length} jobs use this label`,
    single ? "it needs neither Docker nor sudo" : "none needs Docker or sudo",
    p95Seconds === undefined
      ? `${single ? "it ends" : "all end"} within ${Math.max(...times)} min`
      : `p95 ${duration(p95Seconds * 1000)} over ${countOf(runs, "run")}`,
    ...(prices ? [`about ${describeUsd(lambda.usd)} against ${describeUsd(ec2.usd)} on ${ec2.machine}`] : []),
  ];
}

function setsOf({ labelSets }: WorkflowJobFacts, prefix: string): string[][] {
  return labelSets === "unknown" ? [] : labelSets.map((labels) => labelSetOf(labels, prefix));
}

function equal(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((label, index) => label === right[index]);
}

/** GitHub gives a runner to any job all of whose labels it has. Without any label a job asks for a group of runners. */
function mayTake(asked: readonly string[], runner: readonly string[]): boolean {
  return asked.length > 0 && asked.every((label) => runner.includes(label));
}

function nameOf({ key, path }: WorkflowJobFacts, line: number): string {
  return `the job \`${key}\` (${path}:${line})`;
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function day(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
