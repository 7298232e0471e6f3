import type { WorkflowJobFacts } from "../../core/planning/workflows/workflow-facts.ts";
import { evaluateDeep } from "./expressions.ts";
import type { Contexts } from "./expressions.ts";
import { expandMatrix } from "./matrix.ts";
import { plainValue } from "./plain-value.ts";
import { splitTemplate } from "./split-template.ts";

/**
 * The sets of labels that a job asks for, one for each combination of its matrix, equal ones once. `job` is what YAML
 * gave for it. What stands behind `run=` only makes a label unique: an expression there becomes `*`. `unknown` when
 * something else needs a run to be known, or GitHub would refuse it.
 */
export function labelSetsOf(job: Readonly<Record<string, unknown>>): WorkflowJobFacts["labelSets"] {
  if (job["uses"] !== undefined) return [];
  try {
    const runsOn = maskRuns(job["runs-on"]);
    const sets = contextsOf(job, runsOn).map((contexts) => labelsOf(evaluateDeep(runsOn, contexts)));
    return [...new Map(sets.map((labels) => [JSON.stringify(labels), labels])).values()];
  } catch {
    return "unknown";
  }
}

/** What the expressions of `runs-on` may use: nothing, or the values of each combination. */
function contextsOf(job: Readonly<Record<string, unknown>>, runsOn: unknown): Contexts[] {
  const matrix = plainValue.record(job["strategy"])["matrix"];
  if (!JSON.stringify(runsOn ?? "").includes("${{") || matrix === undefined || matrix === null) return [{}];
  if (!plainValue.isRecord(matrix)) throw new Error("The matrix is an expression");
  return expandMatrix(plainValue.record(maskRuns(matrix)), {}).map(({ values }) => ({ matrix: values }));
}

function labelsOf(evaluated: unknown): string[] {
  const labels = plainValue.isRecord(evaluated) ? (evaluated["labels"] ?? []) : evaluated;
  const list: unknown[] = Array.isArray(labels) ? labels : [labels];
  return list.map((label) => {
    const text = plainValue.text(label);
    if (text === undefined) throw new Error("A label is no text, or empty");
    return text;
  });
}

/** Each text with `*` in place of what stands behind `run=`, as far as that has an expression in it. */
function maskRuns(value: unknown): unknown {
  if (typeof value === "string") return maskRun(value);
  if (Array.isArray(value)) return value.map((item) => maskRuns(item));
  if (!plainValue.isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskRuns(item)]));
}

function maskRun(text: string): string {
  let masked = "";
  for (const part of splitTemplate(text)) {
    if (!part.expression) masked += part.text;
    else masked += /(?:^|\/)run=[^/]*$/i.test(masked) ? "*" : `\${{${part.text}}}`;
  }
  return masked.replaceAll(/((?:^|\/)run=)[^/*]*\*[^/]*/gi, "$1*");
}
