import { hasPrefix } from "../../../core/planning/labels/has-prefix.ts";
import { options } from "../../../core/planning/options.ts";
import type { YamlDocument } from "../../../core/ports.ts";
import { labelPrefix } from "../label-prefix.ts";
import type { Imported, ImportedKey, ImportedRunner, Note } from "./imported.ts";
import { runnerNames } from "./runner-names.ts";

const introduction = [
  "The workflows stay as they are: a job whose `runs-on` is exactly one of these sets gets the runner that lists it.",
  `\`runs-on: ${labelPrefix}/NAME\` asks for the same runner.`,
];

type LabelSet = { readonly line: number; readonly labels: readonly string[] };

/** Labels that name no runner's purpose. */
const usual = new Set(["linux", "x64"]);

const { pattern, most } = options.labels.rule;

/**
 * Reads sets of `self-hosted` labels: a YAML list of lists, or of single labels, or a text with one set a line
 * (`self-hosted, linux, gpu`; brackets, `- ` and `runs-on:` may stand around it). Undefined when the text is no such
 * list.
 */
export function readLabelSets(text: string, document: YamlDocument): Imported | undefined {
  const sets = Array.isArray(document.value) ? setsOfList(document.value, document) : setsOfLines(text, document.value);
  const own = sets?.filter(({ labels }) => has(labels, "self-hosted")) ?? [];
  // other texts may speak of `self-hosted` too
  if (sets === undefined || own.length === 0 || own.length < sets.length / 2) return undefined;
  const notes: Note[] = [];
  const nameFor = runnerNames();
  const lines = new Map<string, number>();
  const runners = sets.flatMap(({ line, labels }): ImportedRunner[] => {
    const distinct = [...new Map(labels.map((label) => [label.toLowerCase(), label])).values()];
    const key = JSON.stringify(distinct.map((label) => label.toLowerCase()).toSorted());
    const before = lines.get(key);
    const why = before === undefined ? whyNot(distinct) : `it is the same set as in line ${before}`;
    if (why !== undefined) {
      notes.push({ line, message: `[${labels.join(", ")}] was left out: ${why}.` });
      return [];
    }
    lines.set(key, line);
    const name = nameFor(nameOf(distinct));
    const arch = ["x64", "arm64"].filter((one) => has(distinct, one));
    const keys: ImportedKey[] = arch.map((value) => ({ key: "arch", value }));
    return [{ name, line, keys: [{ key: "labels", value: distinct }, ...keys] }];
  });
  return { introduction, runners, notes };
}

function nameOf(labels: readonly string[]): string {
  const rest = labels.filter((label) => label.toLowerCase() !== "self-hosted");
  const purpose = rest.filter((label) => !usual.has(label.toLowerCase()));
  return [purpose, rest, labels].find((some) => some.length > 0)?.join("-") ?? "";
}

function has(labels: readonly string[], wanted: string): boolean {
  return labels.some((label) => label.toLowerCase() === wanted);
}

function whyNot(labels: readonly string[]): string | undefined {
  if (labels.some((label) => hasPrefix(label.toLowerCase(), labelPrefix))) return "a Mayfly label needs no `labels`";
  if (!has(labels, "self-hosted")) {
    return `without \`self-hosted\` it is not Mayfly's to serve; write \`runs-on: ${labelPrefix}/NAME\` in the workflows instead`;
  }
  const foreign = ["windows", "macos", "arm"].find((system) => has(labels, system));
  if (foreign !== undefined) return `Mayfly's machines are Linux on x64 or arm64, not ${foreign}`;
  if (has(labels, "x64") && has(labels, "arm64")) return "no machine is both x64 and arm64";
  if (labels.length > most) return `a runner takes ${most} labels at most`;
  const odd = labels.find((label) => !pattern.test(label));
  return odd === undefined ? undefined : `\`${odd}\` cannot be a label`;
}

/** `[[self-hosted, gpu], [self-hosted, linux]]`; one set alone, `[self-hosted, gpu]`, is fine too. */
function setsOfList(list: readonly unknown[], document: YamlDocument): LabelSet[] | undefined {
  if (list.some((item) => item === "self-hosted") && list.every((item) => typeof item === "string")) {
    return [{ line: document.rangeOf([0], "value").line, labels: list }];
  }
  const sets = list.map((item: unknown, index): LabelSet | undefined => {
    const { line } = document.rangeOf([index], "value");
    if (typeof item === "string") return { line, labels: labelsOfLine(item) };
    const labels = Array.isArray(item) ? item.filter((label) => typeof label === "string") : [];
    return Array.isArray(item) && labels.length === item.length ? { line, labels } : undefined;
  });
  return sets.every((one) => one !== undefined) ? sets : undefined;
}

function setsOfLines(text: string, value: unknown): LabelSet[] | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/(?:^|\s)#.*$/, ""));
  // a mapping is another file, unless somebody gathered lines of workflows
  const isMapping = typeof value === "object" && value !== null;
  if (isMapping && !lines.every((line) => /^\s*(?:-\s+)?(?:runs-on:|$)/.test(line))) return undefined;
  return lines.flatMap((line, index) => {
    const labels = labelsOfLine(line);
    return labels.length === 0 ? [] : [{ line: index + 1, labels }];
  });
}

function labelsOfLine(line: string): string[] {
  return line
    .trim()
    .replace(/^\s*(?:-\s+)?(?:runs-on:\s*)?/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .split(/[\s,]+/)
    .map((label) => label.replaceAll(/^["']|["']$/g, ""))
    .filter((label) => label !== "");
}
