import type { JobDefinition } from "./definition.ts";
import { evaluateTemplate } from "../../adapters/workflow-file/expressions.ts";
import type { Contexts } from "../../adapters/workflow-file/expressions.ts";
import { shownValues } from "../../adapters/workflow-file/matrix.ts";
import type { MatrixValues } from "../../adapters/workflow-file/matrix.ts";
import { splitTemplate } from "../../adapters/workflow-file/split-template.ts";

export { runsOnLabels } from "./runs-on.ts";

/** GitHub cuts longer names, with three dots at their end. */
const MAX_LENGTH = 100;

/**
 * The name of a job as GitHub shows it: a `name:` with an expression is evaluated and stands alone; a plain one, or
 * else the job's key, gets the matrix values behind it in parentheses. `values` is null for a job without a matrix.
 * Throws an Error when the expression is wrong.
 */
export function jobName(
  definition: Pick<JobDefinition, "key" | "name" | "matrix">,
  values: MatrixValues | null,
  contexts: Contexts,
): string {
  const written = definition.name ?? definition.key;
  const evaluated = evaluateTemplate(written, { ...contexts, matrix: values ?? contexts["matrix"] ?? null });
  const base = evaluated === "" ? definition.key : evaluated;
  const hasExpression = splitTemplate(written).some((part) => part.expression);
  const standsAlone = values === null || (hasExpression && evaluated !== "");
  const segments = standsAlone ? [] : leaves(shownValues(definition.matrix ?? { include: [values] }, values, contexts));
  const name = segments.length === 0 ? base : `${base} (${segments.join(", ")})`;
  return name.length > MAX_LENGTH ? `${name.slice(0, MAX_LENGTH - 3)}...` : name;
}

/** Scalars inside of a matrix value in their order, without empty ones. */
function leaves(value: unknown): string[] {
  if (value === null || value === undefined || value === "") return [];
  if (typeof value === "object") return Object.values(value).flatMap((item) => leaves(item));
  return [evaluateTemplate("${{ v }}", { v: value })];
}
