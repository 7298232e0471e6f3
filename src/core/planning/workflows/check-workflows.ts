import { sentence } from "../../check-run/sentence.ts";
import { catalogue } from "../../errors/catalogue.ts";
import type { Range } from "../../ports.ts";
import { labelSetKey, readLabels } from "../labels.ts";
import { hasPrefix } from "../labels/has-prefix.ts";
import { runnerOfSet } from "../labels/runner-of-set.ts";
import { askedFor } from "../plan/asked.ts";
import type { Policy } from "../policy/policy.ts";
import { problemKinds } from "../runner-config/problem.ts";
import type { ProblemCode, ProblemSeverity } from "../runner-config/problem.ts";
import type { RunnerConfig } from "../runner-config/runner-config.ts";
import { describeNeed } from "./describe-need.ts";
import { openNeeds } from "./open-needs.ts";
import type { WorkflowJobFacts, WorkflowsFacts } from "./workflow-facts.ts";

/** Something that a workflow file and `.github/runner.yml` do not agree about. */
export type WorkflowFinding = {
  readonly path: string;
  readonly code: ProblemCode;
  readonly severity: ProblemSeverity;
  /** Undefined: at the name of `runner` in `path`, whose text is not known here. */
  readonly range: Range | undefined;
  readonly runner?: string;
  readonly message: string;
};

export type WorkflowCheck = {
  /**
   * What the repository's `.github/runner.yml` says; without such a file an empty one. Undefined: it has errors, so that
   * nobody knows which runners there are.
   */
  readonly config: RunnerConfig | undefined;
  /** The same with what it inherits, where it inherits anything. */
  readonly inherited?: RunnerConfig | undefined;
  readonly workflows: WorkflowsFacts;
  readonly policy: Policy;
  readonly labelPrefix: string;
};

/** The file whose runners are looked at. */
const configPath = ".github/runner.yml";
const mostNamed = 3;
const noConfig: RunnerConfig = { runners: new Map(), file: {} };

/** One set of labels of one job, and what it comes to. */
type Use = {
  readonly job: WorkflowJobFacts;
  readonly labels: readonly string[];
  readonly finding?: WorkflowFinding;
  /** Keys of the runners that the labels name, be they refused or not. */
  readonly runners: readonly string[];
  /** `auto` decides where it runs. */
  readonly auto?: boolean;
};

/**
 * Checks the `runs-on` of all workflows against the runners: names that nobody defines, labels that would be refused or
 * miss by little, runners that no workflow uses, jobs that send others with the same label to EC2. In the order of the
 * files; runners without a use come last.
 */
export function checkWorkflows(check: WorkflowCheck): WorkflowFinding[] {
  const uses = check.workflows.jobs.flatMap((job) => usesOf(job, check));
  const wrong = uses.map(({ finding }) => finding).filter((finding) => finding !== undefined);
  const distinct = new Map(wrong.map((finding) => [JSON.stringify(finding), finding]));
  return [...distinct.values(), ...sharedLabels(uses, check), ...unusedRunners(uses, check)];
}

function usesOf(job: WorkflowJobFacts, check: WorkflowCheck): Use[] {
  return job.labelSets === "unknown" ? [] : job.labelSets.map((labels) => useOf(job, labels, check));
}

function useOf(job: WorkflowJobFacts, labels: readonly string[], check: WorkflowCheck): Use {
  const { policy, labelPrefix } = check;
  const config = check.config && (check.inherited ?? check.config);
  const known = {
    runners: (config ?? noConfig).runners,
    labelOverrides: policy.labelOverrides,
    defaultArch: policy.defaults.arch,
  };
  const verdict = readLabels(labels, labelPrefix, known);
  const use: Use = { job, labels, runners: verdict.kind === "ours" ? [verdict.runner] : [] };
  if (verdict.kind === "not-ours") {
    return verdict.nearMiss === undefined
      ? use
      : { ...use, finding: findingAt(job, "MF-CONFIG-NEAR-MISS", sentence(verdict.nearMiss)) };
  }
  if (verdict.kind === "refused") {
    const { message, remedy } = catalogue[verdict.code];
    const said = `${message.replace(/\.$/, "")}: ${sentence(verdict.detail)} ${remedy}`;
    const finding = findingAt(job, "MF-CONFIG-WORKFLOW-LABEL", said);
    return { ...use, finding, runners: namesIn(labels, labelPrefix, known.runners) };
  }
  const brokenFile = config === undefined ? configPath : undefined;
  const asked = askedFor(verdict, { config: config ?? noConfig, policy, brokenFile });
  if (!("missing" in asked)) return { ...use, auto: asked.execution === undefined };
  const missing = asked.missing.endsWith("?") ? asked.missing : sentence(asked.missing);
  const said = `There is no such runner: ${missing} Define it under \`runners\` in ${configPath}, or name another one.`;
  return { ...use, finding: findingAt(job, "MF-CONFIG-WORKFLOW-RUNNER", said) };
}

/** What refused labels would name without what is wrong with them: such a runner is not without a use. */
function namesIn(labels: readonly string[], labelPrefix: string, runners: RunnerConfig["runners"]): string[] {
  const lower = labels.map((label) => label.toLowerCase());
  const named = lower
    .filter((label) => hasPrefix(label, labelPrefix))
    .map((label) => label.slice(labelPrefix.length + 1).split("/")[0] ?? "");
  const ofSet = runnerOfSet(new Set(lower), runners);
  return ofSet === undefined ? named : [...named, ofSet];
}

function findingAt(job: WorkflowJobFacts, code: ProblemCode, message: string): WorkflowFinding {
  return { path: job.path, code, severity: problemKinds[code].severity, range: job.runsOn, message };
}

/** Label sets that only some jobs keep from Lambda, each at the first of those. */
function sharedLabels(uses: readonly Use[], { policy, labelPrefix, config }: WorkflowCheck): WorkflowFinding[] {
  const noLambda = policy.executions !== undefined && !policy.executions.includes("lambda");
  if (noLambda || config === undefined) return [];
  const shared = new Map<string, { readonly labels: readonly string[]; readonly jobs: Set<WorkflowJobFacts> }>();
  for (const { job, labels, auto } of uses) {
    if (auto !== true) continue;
    const key = labelSetKey(labels, labelPrefix);
    const entry = shared.get(key) ?? { labels: JSON.parse(key) as string[], jobs: new Set() };
    shared.set(key, entry);
    entry.jobs.add(job);
  }
  return [...shared.values()].flatMap(({ labels, jobs }) => {
    const unsafe = [...jobs].filter((job) => openNeeds(job, policy.safeActions).length > 0);
    const [first, ...others] = unsafe;
    const [need] = first === undefined ? [] : openNeeds(first, policy.safeActions);
    const safe = jobs.size - unsafe.length;
    if (first === undefined || need === undefined || safe === 0) return [];
    const label = labels.map((text) => `\`${text}\``).join(", ");
    const also = others.length === 0 ? "" : ` So it is with ${namesOf(others)}.`;
    const message =
      `All jobs with the label ${label} go to EC2, because \`${first.key}\` ${describeNeed(need)} (line ${need.line}).` +
      `${also} ${safe === 1 ? "One other would" : `${safe} others would`} do on Lambda: give the jobs that need EC2 a ` +
      "label of their own.";
    return [findingAt(first, "MF-CONFIG-SHARED-LABEL", message)];
  });
}

/** At most three of them. */
function namesOf(jobs: readonly WorkflowJobFacts[]): string {
  const named = jobs.slice(0, mostNamed).map(({ key, path, line }) => `\`${key}\` (${path}:${line})`);
  const left = jobs.length - named.length;
  return [...named, ...(left > 0 ? [`${left} more`] : [])].join(", ");
}

/** Runners that no `runs-on` can mean. Where one of those is not known, any runner may be meant. */
function unusedRunners(uses: readonly Use[], { config, workflows }: WorkflowCheck): WorkflowFinding[] {
  const unsure = workflows.unread.length > 0 || workflows.jobs.some(({ labelSets }) => labelSets === "unknown");
  if (config === undefined || unsure) return [];
  const used = new Set(uses.flatMap(({ runners }) => runners));
  return [...config.runners]
    .filter(([key]) => key !== "default" && !used.has(key))
    .map(([, { name }]): WorkflowFinding => {
      const code = "MF-CONFIG-UNUSED";
      const message = `No workflow uses the runner \`${name}\`.`;
      return { path: configPath, code, severity: problemKinds[code].severity, range: undefined, runner: name, message };
    });
}
