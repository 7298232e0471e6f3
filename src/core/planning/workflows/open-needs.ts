import { isSafeAction } from "./is-safe-action.ts";
import type { Need, WorkflowJobFacts } from "./workflow-facts.ts";

/** What of a job's needs stands against Lambda when these actions are known to be safe, beside those Mayfly knows. */
export function openNeeds({ needs }: Pick<WorkflowJobFacts, "needs">, safeActions: readonly string[]): readonly Need[] {
  return needs.filter(({ kind, detail }) => kind !== "unknown-action" || !isSafeAction(detail, safeActions));
}
