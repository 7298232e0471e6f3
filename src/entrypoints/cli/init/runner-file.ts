import { basename } from "node:path";
import { stringify } from "yaml";
import { visibleText } from "../../../core/check-run/visible-text.ts";
import type { WorkflowJobFacts } from "../../../core/planning/workflows/workflow-facts.ts";
import { labelPrefix as usualPrefix } from "../label-prefix.ts";
import type { LabelUse, UsedRunner } from "./label-use.ts";

/** With more of them the file could grow beyond what is read of it. */
export const mostRunners = 100;
/** More than these help nobody. */
const mostSets = 30;
const mostJobs = 5;
const mostCharacters = 120;

/** The text of a first `.github/runner.yml`: the runners that labels name, or an example, and what there is to know. */
export function runnerFile(use: LabelUse): string {
  const { labelPrefix } = use;
  const lintOptions = labelPrefix === usualPrefix ? "" : ` --prefix ${labelPrefix}`;
  const lines = [
    `# Runners of this repository, launched by Mayfly. \`runs-on: ${labelPrefix}\` needs none of them.`,
    "# Only the default branch's file counts, so that a pull request cannot raise its own privileges.",
    `# \`npx mayfly lint${lintOptions}\` checks this file, \`npx mayfly schema\` prints all its keys.`,
    ...labelComments(use),
    "",
    ...(use.runners.length === 0 ? exampleLines(use) : runnersLines(use)),
  ];
  return `${lines.join("\n")}\n`;
}

const keysToChoose = ["cpu: 4 # at least", "memory-gb: 8 # at least", "timeout-minutes: 30"];

function exampleLines({ labelPrefix }: LabelUse): string[] {
  const lines = ["runners:", `  build: # runs-on: ${labelPrefix}/build`, ...keysToChoose.map((key) => `    ${key}`)];
  return lines.map((line) => `# ${line}`);
}

function runnersLines({ runners, labelPrefix }: LabelUse): string[] {
  const lines = runners.slice(0, mostRunners).map((runner, index) => runnerLines(runner, index, labelPrefix));
  return ["runners:", ...lines.flat()];
}

function runnerLines({ name, arch, jobs }: UsedRunner, index: number, labelPrefix: string): string[] {
  return [
    `  ${stringify(name).trimEnd()}: # runs-on: ${labelPrefix}/${name}, in ${describeJobs(jobs)}`,
    "    execution: auto # or lambda, or ec2",
    ...(arch === undefined ? [] : [`    arch: ${arch}`]),
    ...(index === 0 ? keysToChoose.map((key) => `    # ${key}`) : []),
  ];
}

function labelComments({ sets, unknown }: LabelUse): string[] {
  const known = sets.slice(0, mostSets).map(({ labels, jobs }) => {
    return `#   ${written(labels)}: ${describeJobs(jobs)}`;
  });
  const more = sets.length > mostSets ? [`#   and ${sets.length - mostSets} more`] : [];
  const rest = unknown.length === 0 ? [] : [`#   known in a run only: ${describeJobs(unknown)}`];
  const all = [...known, ...more, ...rest];
  return all.length === 0 ? [] : ["#", "# What the workflows ask for:", ...all];
}

function written(labels: readonly string[]): string {
  return visible(labels.length === 1 ? (labels[0] ?? "") : `[${labels.join(", ")}]`);
}

/** `ci.yml (lint, test)` */
function describeJobs(jobs: readonly WorkflowJobFacts[]): string {
  const shown = Map.groupBy(jobs.slice(0, mostJobs), ({ path }) => path);
  const files = [...shown].map(([path, own]) => `${basename(path)} (${own.map(({ key }) => key).join(", ")})`);
  const more = jobs.length > mostJobs ? ` and ${jobs.length - mostJobs} more` : "";
  return `${visible(files.join(", "))}${more}`;
}

/** Of a comment: on one line, and no longer than anybody reads. */
function visible(text: string): string {
  const clean = visibleText(text);
  return clean.length > mostCharacters ? `${clean.slice(0, mostCharacters)}…` : clean;
}
