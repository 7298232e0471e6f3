import type { Execution } from "../../model/execution.ts";
import type { MachineSpec } from "../../model/machine.ts";
import { decideAuto } from "../auto.ts";
import type { AutoDecision } from "../auto.ts";
import { labelSetOf, readLabels } from "../labels.ts";
import type { KnownRunners } from "../labels.ts";
import type { OptionValues } from "../options.ts";
import type { Alternative, PlanCaps, PlanInput, PlanOutcome } from "../plan-types.ts";
import { canRun } from "../runner-config/possible.ts";
import { distrust } from "../trust.ts";
import { askedFor, executionNames, valuesOn } from "./asked.ts";
import type { Asked } from "./asked.ts";
import { costOn, usualSeconds } from "./estimate.ts";
import { beyondPolicy } from "./limits.ts";
import { settleMachine } from "./machine.ts";
import type { Settled } from "./machine.ts";

/** Jobs that do not say come behind those that do. */
const usualPriority = 1;

type Refusal = Extract<PlanOutcome, { readonly outcome: "refuse" }>;
type Decided = { readonly execution: Execution; readonly spec: MachineSpec; readonly reasons: readonly string[] };

/**
 * Decides what a job gets, from its labels, the repository's workflows and configuration, the operator's policy, what
 * jobs with these labels did before, and prices. Pure: the same input gives the same plan. Everything that cannot be is
 * refused with a code and a sentence; a price that is not known never is a reason.
 */
export function plan(input: PlanInput): PlanOutcome {
  const { job, policy, history, prices } = input;
  const verdict = readLabels(job.labels, input.labelPrefix, knownOf(input));
  if (verdict.kind === "not-ours") return { outcome: "not-ours", nearMiss: verdict.nearMiss };
  if (verdict.kind === "refused") return { outcome: "refuse", code: verdict.code, detail: verdict.detail };
  const asked = askedFor(verdict, input);
  if ("missing" in asked) return { outcome: "refuse", code: "MF-LABEL-RUNNER", detail: asked.missing };
  const refusal = refuse(asked, input);
  if (refusal !== undefined) return refusal;
  const options = { lambda: settle("lambda", asked, input), ec2: settle("ec2", asked, input) };
  const decided = decide(asked, options, input);
  if ("outcome" in decided) return decided;
  const { execution, spec } = decided;
  const { runner } = asked;
  const { dailyBudgetUsd } = policy;
  if (dailyBudgetUsd !== undefined && (history.spentTodayUsd ?? 0) >= dailyBudgetUsd) {
    return { outcome: "wait", runner, code: "MF-BUDGET", detail: `$${dailyBudgetUsd} are spent` };
  }
  const seconds = usualSeconds(history, execution);
  return {
    outcome: "launch",
    runner,
    execution,
    auto: asked.execution === undefined,
    spec,
    reasons: [...decided.reasons, ...brokenNote(input)],
    estimate: { usd: costOn(execution, spec, seconds, prices).usd, seconds },
    alternatives: alternatives(execution, asked, options, input),
    priority: asked.values.priority ?? usualPriority,
    caps: capsOf(runner, asked.values, input),
  };
}

function refuse(asked: Asked, { job, policy }: PlanInput): Refusal | undefined {
  const stranger = distrust(job, policy);
  if (stranger !== undefined) return { outcome: "refuse", ...stranger };
  const beyond = beyondPolicy(asked.values, policy);
  return beyond === undefined ? undefined : { outcome: "refuse", code: "MF-POLICY", detail: beyond };
}

/** True when the job's place follows from what its repository's workflows ask for, so that they have to be read. */
export function isUpToAuto(input: PlanInput): boolean {
  const verdict = readLabels(input.job.labels, input.labelPrefix, knownOf(input));
  if (verdict.kind !== "ours" || input.organizationRunners === true) return false;
  const asked = askedFor(verdict, input);
  if ("missing" in asked || asked.execution !== undefined || refuse(asked, input) !== undefined) return false;
  return (["lambda", "ec2"] as const).every((one) => "spec" in settle(one, asked, input));
}

function settle(execution: Execution, asked: Asked, input: PlanInput): Settled {
  return settleMachine(execution, valuesOn(execution, asked, input), input);
}

function knownOf({ config, policy }: PlanInput): KnownRunners {
  return { runners: config.runners, labelOverrides: policy.labelOverrides, defaultArch: policy.defaults.arch };
}

type Options = Readonly<Record<"lambda" | "ec2", Settled>>;

/** Where the job runs: where it must, or where `auto` finds it better off, or the only place that has such a machine. */
function decide(asked: Asked, options: Options, input: PlanInput): Decided | Refusal {
  const { execution, because } = asked;
  if (execution !== undefined) {
    const settled = execution === "microvm" ? settle(execution, asked, input) : options[execution];
    if (!("spec" in settled)) return { outcome: "refuse", ...settled };
    return { execution, spec: settled.spec, reasons: [`${executionNames[execution]}: ${because}`] };
  }
  const { lambda, ec2 } = options;
  if (!("spec" in lambda) && !("spec" in ec2)) return { outcome: "refuse", ...ec2 };
  if (!("spec" in lambda)) return only("ec2", (ec2 as { readonly spec: MachineSpec }).spec, lambda.detail);
  if (!("spec" in ec2)) return only("lambda", lambda.spec, ec2.detail, riskOnLambda(lambda.spec, input));
  const { history, prices } = input;
  const chosen = auto(lambda.spec, costOn("ec2", ec2.spec, usualSeconds(history, "ec2"), prices), input);
  return { ...chosen, spec: chosen.execution === "lambda" ? lambda.spec : ec2.spec };
}

function auto(lambda: MachineSpec, ec2: ReturnType<typeof costOn>, input: PlanInput): AutoDecision {
  const { job, labelPrefix, workflows, policy, history, prices, nowMs } = input;
  return decideAuto({
    labelSet: labelSetOf(job.labels, labelPrefix),
    labelPrefix,
    workflows,
    organizationRunners: input.organizationRunners,
    safeActions: policy.safeActions,
    history,
    nowMs,
    lambda: costOn("lambda", lambda, usualSeconds(history, "lambda"), prices),
    ec2,
  });
}

/** What would have sent the job to EC2 if there were any: it runs all the same, and its author is to know. */
function riskOnLambda(spec: MachineSpec, input: PlanInput): string[] {
  // Without the workflows nothing is known, which is no risk that an author could do anything about.
  if (input.workflows === undefined) return [];
  const { execution, reasons } = auto(spec, { machine: executionNames.ec2, usd: undefined }, input);
  const [first = ""] = reasons;
  return execution === "lambda" ? [] : [`it may fail there: ${first.replace(/^EC2: /, "")}`];
}

function only(execution: "lambda" | "ec2", spec: MachineSpec, detail: string, more: readonly string[] = []): Decided {
  const other = execution === "lambda" ? "ec2" : "lambda";
  return {
    execution,
    spec,
    reasons: [
      `${executionNames[execution]}: ${executionNames[other]} is out of the question, because ${detail}`,
      ...more,
    ],
  };
}

/** The other execution, where it can be had and has all that is asked of it. */
function alternatives(
  execution: Execution,
  { written }: Asked,
  options: Options,
  { history, prices }: PlanInput,
): Alternative[] {
  return (["lambda", "ec2"] as const).flatMap((other) => {
    const settled = options[other];
    if (other === execution || !("spec" in settled) || !canRun(written, other)) return [];
    const { spec } = settled;
    // Nobody knows whether an image without an id is made for it.
    if (spec.image !== undefined && spec.image.id === undefined) return [];
    return [{ execution: other, ...costOn(other, spec, usualSeconds(history, other), prices) }];
  });
}

function brokenNote({ brokenFile }: PlanInput): string[] {
  return brokenFile === undefined ? [] : [`the operator's defaults are used, because of errors in ${brokenFile}`];
}

/** The repository and its runners can only tighten what the operator allows. */
function capsOf(runner: string, values: OptionValues, { config, policy }: PlanInput): PlanCaps {
  const caps = [config.file["max-runners"], policy.maxRunners.repository].filter((cap) => cap !== undefined);
  const most = values["max-runners"];
  return {
    repository: caps.length === 0 ? undefined : Math.min(...caps),
    runner: most === undefined ? undefined : { name: runner.toLowerCase(), most },
  };
}
