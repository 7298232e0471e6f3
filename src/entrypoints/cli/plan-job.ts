import { visibleText } from "../../core/check-run/visible-text.ts";
import type { PlanOutcome } from "../../core/planning/plan-types.ts";
import { plan } from "../../core/planning/plan/plan.ts";
import { inheritOption } from "./inherit-option.ts";
import { outcomeJson } from "./plan/outcome-json.ts";
import { outcomeText } from "./plan/outcome-text.ts";
import { planInput } from "./plan/plan-input.ts";
import type { PlanQuestion } from "./plan/plan-input.ts";
import { WrongInput } from "./plan/wrong-input.ts";
import type { Write } from "./program.ts";

/** Exit code of each outcome; 1 is everything that cannot be planned. */
export const planExitCodes: Readonly<Record<PlanOutcome["outcome"], number>> = {
  launch: 0,
  "not-ours": 2,
  refuse: 3,
  wait: 4,
};

/**
 * Writes what a job would get, and why, as an installation with both executions plans it. Resolves with the exit code of
 * the outcome, or 1 when the question or a file that it names is wrong.
 */
export async function planJob(question: PlanQuestion, format: "text" | "json", write: Write): Promise<number> {
  try {
    const input = await planInput(question, Date.now(), write.error);
    const outcome = plan(input);
    if (outcome.outcome === "refuse" && outcome.code === "MF-LABEL-RUNNER" && question.inherit === undefined) {
      write.error(`${inheritOption.missing}\n`);
    }
    write.out(format === "json" ? outcomeJson(outcome) : outcomeText(outcome, input));
    return planExitCodes[outcome.outcome];
  } catch (error) {
    if (!(error instanceof WrongInput)) throw error;
    write.error(`${error.message.split("\n").map(visibleText).join("\n")}\n`);
    return 1;
  }
}
