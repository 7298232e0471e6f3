import type { Range, YamlReader } from "../../ports.ts";
import { describeValue, shorten } from "./describe-value.ts";
import { problemList } from "./problem-list.ts";
import type { ProblemList } from "./problem-list.ts";
import type { Problem } from "./problem.ts";
import { readMapping } from "./read-mapping.ts";
import { namePattern, reservedNames } from "./runner-name.ts";
import { readRunner, unknownKey } from "./read-runner.ts";
import type { RunnerConfig, RunnerDefinition } from "./runner-config.ts";

export type { RunnerConfig, RunnerDefinition } from "./runner-config.ts";

/** Larger files are not read: nobody writes them, and they come from strangers. */
const mostBytes = 65_536;

/** Where a problem of the whole file stands. */
const top: Range = { line: 1, column: 1, endLine: 1, endColumn: 1 };

const fileKeys = ["runners"];

/**
 * Reads the text of a `.github/runner.yml`. Never throws. All problems at once, in the order of their positions;
 * `config` is undefined when one of them is an error. An empty file defines nothing and is fine.
 */
export function readRunnerConfig(
  text: string,
  yaml: YamlReader,
): { readonly config: RunnerConfig | undefined; readonly problems: readonly Problem[] } {
  if (isTooLong(text)) {
    const problems = problemList({ rangeOf: () => top });
    const message = `The file is larger than 64 KiB (${mostBytes} bytes) and is not read.`;
    problems.addAt("MF-CONFIG-SIZE", top, message);
    return { config: undefined, problems: problems.sorted() };
  }
  const document = yaml.read(text);
  const problems = problemList(document);
  for (const { message, ...range } of document.problems) problems.addAt("MF-CONFIG-YAML", range, `${message}.`);
  const entries = readMapping(document.value);
  if (entries === undefined) {
    const message = `The file must be a mapping with the key \`runners\`, found ${describeValue(document.value)}.`;
    problems.addAt("MF-CONFIG-SHAPE", top, message);
  }
  const runners = new Map<string, RunnerDefinition>();
  for (const [key, value] of entries ?? []) {
    if (key !== "runners") problems.add("MF-CONFIG-KEY", "key", [key], unknownKey(key, fileKeys));
    else readRunners(value, problems, runners, (name) => document.rangeOf(["runners", name], "key").line);
  }
  const found = problems.sorted();
  return { config: found.some(({ severity }) => severity === "error") ? undefined : { runners }, problems: found };
}

function readRunners(
  value: unknown,
  problems: ProblemList,
  runners: Map<string, RunnerDefinition>,
  lineOf: (name: string) => number,
): void {
  const entries = readMapping(value);
  if (entries === undefined) {
    const message = `\`runners\` must be a mapping of names to runners, found ${describeValue(value)}.`;
    problems.add("MF-CONFIG-SHAPE", "value", ["runners"], message);
    return;
  }
  for (const [name, written] of entries) {
    const path = ["runners", name];
    const lower = name.toLowerCase();
    checkName(name, runners.get(lower), path, problems);
    const values = readRunner(name, written, path, problems);
    const spec = { instanceTypes: values["instance-types"], spot: values.spot };
    runners.set(lower, { name, execution: values.execution, spec, line: lineOf(name) });
  }
}

function checkName(
  name: string,
  same: RunnerDefinition | undefined,
  path: readonly string[],
  problems: ProblemList,
): void {
  const shown = shorten(name);
  if (!namePattern.test(name)) {
    const rule = "1 to 64 letters, digits, `-`, `_` and `.`, beginning with a letter or a digit";
    problems.add("MF-CONFIG-NAME", "key", path, `\`${shown}\` cannot be a runner's name: it takes ${rule}.`);
  } else if (reservedNames.includes(name.toLowerCase())) {
    const message = `\`${shown}\` is a runner of its own that needs no file. Give this one another name.`;
    problems.add("MF-CONFIG-RESERVED", "key", path, message);
  } else if (same !== undefined) {
    const message = `\`${shown}\` is the same name as \`${same.name}\` in line ${same.line}: labels know no upper case.`;
    problems.add("MF-CONFIG-NAME-TWICE", "key", path, message);
  }
}

/** Size as UTF-8. */
function isTooLong(text: string): boolean {
  if (text.length > mostBytes) return true;
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x8_00 ? 2 : code < 0x1_00_00 ? 3 : 4;
  }
  return bytes > mostBytes;
}
