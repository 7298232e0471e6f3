import type { PlanOutcome } from "../../../core/planning/plan-types.ts";

/** A plan as programs read it. What does not apply is left out; `reasons` is always there. */
export function outcomeJson(outcome: PlanOutcome): string {
  return `${JSON.stringify(fieldsOf(outcome), undefined, 2)}\n`;
}

function fieldsOf(outcome: PlanOutcome): object {
  if (outcome.outcome === "launch") return outcome;
  if (outcome.outcome === "not-ours") return { ...outcome, reasons: [] };
  const { detail, ...rest } = outcome;
  return { ...rest, reasons: [detail] };
}
