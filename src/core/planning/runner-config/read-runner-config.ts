import type { YamlReader } from "../../ports.ts";
import type { FileOptionValues, OptionValues } from "../options.ts";
import { openPolicy } from "../policy/policy.ts";
import type { Policy } from "../policy/policy.ts";
import { capOf } from "./cap-of.ts";
import { checkExecution } from "./check-execution.ts";
import { checkLabels } from "./check-labels.ts";
import { checkMachine } from "./check-machine.ts";
import { checkPolicy } from "./check-policy.ts";
import type { CheckedRunner } from "./checked-runner.ts";
import { shorten } from "./describe-value.ts";
import type { ReadKeys } from "./file-rule.ts";
import type { Problem } from "./problem.ts";
import type { ProblemList } from "./problem-list.ts";
import { readMapping } from "./read-mapping.ts";
import { readText } from "./read-text.ts";
import type { RunnerConfig, RunnerDefinition } from "./runner-config.ts";
import { runnerFile } from "./runner-file.ts";
import { reservedNames } from "./runner-name.ts";

export type { RunnerConfig, RunnerDefinition } from "./runner-config.ts";

/**
 * Reads the text of a `.github/runner.yml` and holds it against the operator's policy, if there is one. Never throws.
 * All problems at once, in the order of their positions; `config` is undefined when one of them is an error. An empty
 * file defines nothing and is fine.
 */
export function readRunnerConfig(
  text: string,
  yaml: YamlReader,
  policy: Policy = openPolicy,
): { readonly config: RunnerConfig | undefined; readonly problems: readonly Problem[] } {
  const { values, document, problems } = readText(text, yaml, runnerFile);
  const { runners: named = new Map<string, OptionValues>(), ...file } = values as ReadKeys<typeof runnerFile.keys>;
  const written = writtenRunners(document.value);
  const lineOf = (name: string): number => document.rangeOf(["runners", name], "key").line;
  const runners = new Map<string, RunnerDefinition>();
  const checked: CheckedRunner[] = [];
  for (const [name, keys] of named) {
    const path = ["runners", name];
    const lower = name.toLowerCase();
    checkName(name, runners.get(lower), path, problems);
    runners.set(lower, { name, values: keys, line: lineOf(name) });
    const asWritten = new Map(readMapping(written.get(name)));
    checked.push({ title: `\`${shorten(name)}\``, values: keys, written: asWritten, path, problems, policy });
  }
  for (const runner of checked) {
    checkExecution(runner);
    checkMachine(runner);
    checkPolicy(runner);
  }
  checkLabels(checked);
  checkCaps(file, checked, problems, policy);
  const found = problems.sorted();
  const isBroken = found.some(({ severity }) => severity === "error");
  return { config: isBroken ? undefined : { runners, file }, problems: found };
}

function writtenRunners(file: unknown): ReadonlyMap<string, unknown> {
  return new Map(readMapping(new Map(readMapping(file)).get("runners")));
}

function checkName(
  name: string,
  same: RunnerDefinition | undefined,
  path: readonly string[],
  problems: ProblemList,
): void {
  const shown = shorten(name);
  if (reservedNames.includes(name.toLowerCase())) {
    const message = `\`${shown}\` is a runner of its own that needs no file. Give this one another name.`;
    problems.add("MF-CONFIG-RESERVED", "key", path, message);
  } else if (same !== undefined) {
    const message = `\`${shown}\` is the same name as \`${shorten(same.name)}\` in line ${same.line}: labels know no upper case.`;
    problems.add("MF-CONFIG-NAME-TWICE", "key", path, message);
  }
}

/** Caps that another one never lets them reach. */
function checkCaps(
  file: FileOptionValues,
  runners: readonly CheckedRunner[],
  problems: ProblemList,
  policy: Policy,
): void {
  const most = file["max-runners"];
  if (most === undefined) return;
  const operators = capOf(policy);
  if (operators !== undefined && most > operators.most) {
    const message = `\`max-runners: ${most}\` is never reached: the operator allows ${operators.most}${operators.place}.`;
    problems.add("MF-CONFIG-CAP", "value", ["max-runners"], message);
  }
  for (const { values, path } of runners) {
    const own = values["max-runners"];
    if (own === undefined || own <= most) continue;
    const message = `\`max-runners: ${own}\` is never reached: the whole file allows ${most}.`;
    problems.add("MF-CONFIG-CAP", "value", [...path, "max-runners"], message);
  }
}
