import { catalogue } from "../../../core/errors/catalogue.ts";
import type { Arch } from "../../../core/model/machine.ts";
import { labelSetKey, labelSetOf, readLabels } from "../../../core/planning/labels.ts";
import type { KnownRunners } from "../../../core/planning/labels.ts";
import { namePattern, reservedNames } from "../../../core/planning/runner-config/runner-name.ts";
import type { WorkflowJobFacts } from "../../../core/planning/workflows/workflow-facts.ts";

/** What a repository's jobs ask for. */
export type LabelUse = {
  /** First part of the labels that are ours. */
  readonly labelPrefix: string;
  /** In the order of the workflows; labels as they are compared. */
  readonly sets: readonly UsedSet[];
  /** Jobs whose labels only a run knows. */
  readonly unknown: readonly WorkflowJobFacts[];
  /** Runners that the labels name and that the file has to define. */
  readonly runners: readonly UsedRunner[];
  /** Labels that would not get a machine, or hardly mean what is written. */
  readonly notes: readonly string[];
};

export type UsedSet = { readonly labels: readonly string[]; readonly jobs: readonly WorkflowJobFacts[] };

export type UsedRunner = {
  readonly name: string;
  /** Only where labels beside the Mayfly label ask for it. */
  readonly arch: Arch | undefined;
  readonly jobs: readonly WorkflowJobFacts[];
};

/** Which labels the jobs use, and which runners these need. */
export function labelUse(jobs: readonly WorkflowJobFacts[], labelPrefix: string): LabelUse {
  const sets = new Map<string, { labels: readonly string[]; jobs: WorkflowJobFacts[] }>();
  for (const job of jobs) {
    for (const labels of job.labelSets === "unknown" ? [] : job.labelSets) {
      const key = labelSetKey(labels, labelPrefix);
      const set = sets.get(key) ?? { labels: labelSetOf(labels, labelPrefix), jobs: [] };
      if (!set.jobs.includes(job)) set.jobs.push(job);
      sets.set(key, set);
    }
  }
  const used = [...sets.values()];
  const runners = runnersOf(used, labelPrefix);
  return {
    labelPrefix,
    sets: used,
    unknown: jobs.filter(({ labelSets }) => labelSets === "unknown"),
    runners,
    notes: used.flatMap((set) => notesOf(set, runners, labelPrefix)),
  };
}

function runnersOf(sets: readonly UsedSet[], labelPrefix: string): UsedRunner[] {
  const runners = new Map<string, { name: string; arch: Arch | undefined; jobs: WorkflowJobFacts[] }>();
  for (const { labels, jobs } of sets) {
    const defaultArch = labels.includes("arm64") ? "arm64" : undefined;
    const verdict = readLabels(labels, labelPrefix, { runners: new Map(), labelOverrides: undefined, defaultArch });
    if (verdict.kind !== "ours" || !needsDefinition(verdict.runner)) continue;
    const runner = runners.get(verdict.runner) ?? { name: verdict.runner, arch: undefined, jobs: [] };
    // what the label itself says needs no word in the file
    if (verdict.overrides.arch === undefined) runner.arch ??= defaultArch;
    runner.jobs.push(...jobs.filter((job) => !runner.jobs.includes(job)));
    runners.set(verdict.runner, runner);
  }
  return [...runners.values()];
}

function needsDefinition(name: string): boolean {
  return name !== "default" && !reservedNames.includes(name) && namePattern.test(name);
}

/** What is said of the labels once the runners are defined. */
function notesOf({ labels, jobs }: UsedSet, runners: readonly UsedRunner[], labelPrefix: string): string[] {
  const known: KnownRunners = {
    runners: new Map(runners.map(({ name, arch }) => [name, { name, values: { arch }, line: 1 }])),
    labelOverrides: undefined,
  };
  const verdict = readLabels(labels, labelPrefix, known);
  const [first] = jobs;
  const place = first === undefined ? "" : `${first.path}:${first.runsOn.line}`;
  if (verdict.kind === "refused") {
    const { message, remedy } = catalogue[verdict.code];
    return [`${place}: ${verdict.code}: ${message} (${verdict.detail}) ${remedy}`];
  }
  if (verdict.kind === "not-ours") return verdict.nearMiss === undefined ? [] : [`${place}: ${verdict.nearMiss}`];
  if (namePattern.test(verdict.runner)) return [];
  return [`${place}: no runner can be called \`${verdict.runner}\`, write another name behind \`${labelPrefix}/\`.`];
}
