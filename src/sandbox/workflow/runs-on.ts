import type { JobDefinition } from "./definition.ts";
import { evaluateDeep } from "../../adapters/workflow-file/expressions.ts";
import type { Contexts } from "../../adapters/workflow-file/expressions.ts";
import { plainValue } from "../../adapters/workflow-file/plain-value.ts";

/**
 * The labels of a job's `runs-on`, evaluated: of a text, a list, an expression that gives either, or a mapping with
 * `labels`. Empty when there are none (only a group). `contexts` should hold `matrix`. Throws an Error when an
 * expression is wrong.
 */
export function runsOnLabels(definition: Pick<JobDefinition, "runsOn">, contexts: Contexts): string[] {
  const evaluated = evaluateDeep(definition.runsOn, contexts);
  const labels = plainValue.isRecord(evaluated) ? evaluated["labels"] : evaluated;
  return plainValue.texts(labels);
}
