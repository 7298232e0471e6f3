import type { Core } from "../core.ts";
import type { ErrorCode } from "../errors/catalogue.ts";
import type { Execution } from "../model/execution.ts";
import type { Plan } from "../model/job.ts";
import { readLabels } from "../planning/labels.ts";
import type { Settings } from "../settings.ts";

export type Planned =
  | { readonly outcome: "not-ours" }
  | { readonly outcome: "refuse"; readonly code: ErrorCode; readonly detail: string }
  | { readonly outcome: "launch"; readonly plan: Plan; readonly priority: number };

const executions: Readonly<Record<string, Execution>> = { lambda: "lambda", ec2: "ec2", microvm: "microvm" };

/**
 * Decides where a job runs, from its labels and the settings alone. `available` are the executions with a compute
 * provider. Pure: the same input gives the same plan.
 */
export function planJob(
  labels: readonly string[],
  settings: Pick<Settings, "labelPrefix" | "defaultExecution">,
  available: readonly Execution[],
): Planned {
  const verdict = readLabels(labels, settings.labelPrefix);
  if (verdict.kind === "not-ours") return { outcome: "not-ours" };
  if (verdict.kind === "refused") return { outcome: "refuse", code: verdict.code, detail: verdict.detail };
  const named = executions[verdict.runner];
  if (named === undefined && verdict.runner !== "default") {
    return { outcome: "refuse", code: "MF-LABEL-RUNNER", detail: `${verdict.label} names “${verdict.runner}”` };
  }
  const execution = named ?? settings.defaultExecution;
  if (!available.includes(execution)) {
    return { outcome: "refuse", code: "MF-EXECUTION-MISSING", detail: `${verdict.label} asks for ${execution}` };
  }
  const why =
    named === undefined ? `${execution} is the default execution` : `the label ${verdict.label} asks for ${execution}`;
  return { outcome: "launch", plan: { execution, reasons: [why] }, priority: 0 };
}

/** Executions that have a compute provider here. */
export function availableExecutions(core: Pick<Core, "compute">): Execution[] {
  return (["lambda", "ec2", "microvm"] as const).filter((execution) => core.compute[execution] !== undefined);
}
