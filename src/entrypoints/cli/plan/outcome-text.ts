import { duration } from "../../../core/check-run/duration.ts";
import { hiddenCharacters } from "../../../core/check-run/visible-text.ts";
import { catalogue } from "../../../core/errors/catalogue.ts";
import { describeUsd } from "../../../core/planning/machines/cost.ts";
import type { PlanInput, PlanOutcome } from "../../../core/planning/plan-types.ts";
import { executionNames } from "../../../core/planning/plan/asked.ts";
import { describeMachine } from "./describe-machine.ts";

type Launch = Extract<PlanOutcome, { readonly outcome: "launch" }>;
type Rest = Pick<PlanInput, "job" | "history" | "prices">;

/** A plan as people read it: the decision first, then what follows from it. */
export function outcomeText(outcome: PlanOutcome, input: Rest): string {
  const labels = input.job.labels.map((label) => `\`${label}\``).join(", ");
  return linesOf(outcome, labels, input)
    .map((line) => `${line.replaceAll(hiddenCharacters, "")}\n`)
    .join("");
}

function linesOf(outcome: PlanOutcome, labels: string, input: Rest): string[] {
  if (outcome.outcome === "launch") return launchLines(outcome, labels, input);
  if (outcome.outcome === "not-ours")
    return [`not ours: ${labels}`, ...(outcome.nearMiss === undefined ? [] : [outcome.nearMiss])];
  const { message, remedy } = catalogue[outcome.code];
  return [
    `${outcome.outcome === "wait" ? "waits" : "refused"}: ${outcome.code}`,
    `  ${message}`,
    `  why:        ${outcome.detail}`,
    `  what to do: ${remedy}`,
  ];
}

function launchLines(outcome: Launch, labels: string, rest: Rest): string[] {
  const { runner, execution, spec, reasons, alternatives, priority } = outcome;
  const [first = executionNames[execution], ...others] = reasons;
  const caps = capsOf(outcome);
  return [
    first,
    ...others.map((reason) => `  - ${reason}`),
    `  runner:     ${runner} (${labels})`,
    `  machine:    ${describeMachine(execution, spec)}`,
    `  cost:       ${costOf(outcome, rest)}`,
    ...alternatives.map(({ machine, usd }) => {
      return `  elsewhere:  ${machine}${usd === undefined ? "" : `, about ${describeUsd(usd)}`}`;
    }),
    ...(caps === "" ? [] : [`  at most:    ${caps}`]),
    ...(priority === 1 ? [] : [`  priority:   ${priority}`]),
  ];
}

function costOf({ estimate: { usd, seconds } }: Launch, { history, prices }: Rest): string {
  const assumed = history.jobs.length === 0 ? ", as no history is given" : "";
  if (usd === undefined) return "not known, as a price is missing";
  const listed = `list prices of ${prices.region}, ${prices.date}`;
  return `about ${describeUsd(usd)} for a job of ${duration(seconds * 1000)}${assumed} (${listed})`;
}

function capsOf({ caps: { repository, runner } }: Launch): string {
  return [
    ...(runner === undefined ? [] : [`${runner.most} machines of this runner`]),
    ...(repository === undefined ? [] : [`${repository} of this repository`]),
  ].join(", ");
}
