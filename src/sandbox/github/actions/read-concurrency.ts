import { evaluateDeep, type Contexts } from "../../../adapters/workflow-file/expressions.ts";
import { plainValue } from "../../../adapters/workflow-file/plain-value.ts";
import type { Concurrency } from "../concurrency.ts";

/**
 * `concurrency:` of a workflow or a job, evaluated: a name alone, or a mapping. Undefined when there is none or its
 * name is empty. Throws an Error when an expression is wrong, or for `queue: max` together with `cancel-in-progress`,
 * which GitHub refuses.
 */
export function readConcurrency(value: unknown, contexts: Contexts): Concurrency | undefined {
  const evaluated = evaluateDeep(value, contexts);
  const settings = plainValue.isRecord(evaluated) ? evaluated : { group: evaluated };
  const group = plainValue.text(settings["group"]);
  if (group === undefined) return undefined;
  const cancelInProgress = plainValue.text(settings["cancel-in-progress"]) === "true";
  const queue = settings["queue"] === "max" ? "max" : "single";
  if (cancelInProgress && queue === "max") {
    throw new Error(`Concurrency group '${group}' has 'queue: max' together with 'cancel-in-progress: true'`);
  }
  return { group, cancelInProgress, queue };
}
