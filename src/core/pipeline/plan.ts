import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import type { ErrorCode } from "../errors/catalogue.ts";
import { decide } from "../errors/decide.ts";
import type { Decision } from "../errors/decide.ts";
import type { Plan } from "../model/job.ts";
import { labelHistoryKey } from "../model/label-history.ts";
import { machineRegion } from "../model/machine-region.ts";
import type { Repository } from "../model/repository.ts";
import { isRerunAsked, runKey } from "../model/run.ts";
import type { RunTrust } from "../model/run.ts";
import { historyOf, noHistory } from "../planning/history.ts";
import { labelSetOf, mayBeOurs } from "../planning/labels.ts";
import { defaultPrices } from "../planning/machines/prices.ts";
import { isUpToAuto, plan } from "../planning/plan/plan.ts";
import type { Offers, PlanInput, PlanOutcome } from "../planning/plan-types.ts";
import type { RunnerConfig } from "../planning/runner-config/runner-config.ts";
import type { JobFacts } from "../ports.ts";
import type { JobOfBranch } from "./default-branch-sha.ts";
import { readRepositoryConfig } from "./repository-config.ts";
import { readWorkflows } from "./repository-workflows.ts";
import { readRunTrust } from "./run-trust.ts";
import type { JobOfRun } from "./run-trust.ts";

export type Planned =
  | { readonly outcome: "not-ours" }
  | {
      readonly outcome: "refuse";
      readonly code: ErrorCode;
      readonly detail: string;
    }
  /** What the plan needs cannot be read just now. */
  | { readonly outcome: "later"; readonly decision: Decision }
  | {
      readonly outcome: "launch";
      readonly plan: Plan;
      readonly priority: number;
    };

export type JobToPlan = Pick<JobFacts, "labels"> & JobOfRun & JobOfBranch;

/**
 * Plans a job as `planFor` does, or says why that has to wait: the job is recorded all the same, so that its author can
 * read why nothing starts.
 */
export async function planOrPutOff(
  core: Core,
  repository: Repository,
  job: JobToPlan,
  attempt: number,
): Promise<Planned> {
  try {
    return await planFor(core, repository, job);
  } catch (error) {
    if (!isCallError(error) || error.facts.service !== "github") throw error;
    return { outcome: "later", decision: decide(error, attempt, core.random.next()) };
  }
}

/**
 * Plans a job with everything that a plan rests on, each part read only when it matters: the repository's definitions,
 * whose run it is, what its workflows ask for, what jobs like it did before. A job that runs again because a machine of
 * the attempt before was lost gets capacity that its cloud does not take back.
 */
async function planFor(core: Core, repository: Repository, job: JobToPlan): Promise<Planned> {
  if (!mayBeOurs(job.labels, core.settings.labelPrefix)) return { outcome: "not-ours" };
  const { config, notes, brokenFile } = await readRepositoryConfig(core, repository, job);
  const known = { config, brokenFile };
  // What no policy could allow, and what is not ours, needs no more calls.
  const first = plan(inputOf(core, repository, job, known));
  if (first.outcome === "not-ours" && first.nearMiss !== undefined) {
    core.log.info("a job is not ours, but nearly", { run: job.runId, labels: job.labels, detail: first.nearMiss });
  }
  if (first.outcome === "not-ours" || first.outcome === "refuse") return shortened(first);
  if (core.settings.organizationRunnerGroup !== undefined && repository.ownedByOrganization === false) {
    return { outcome: "refuse", code: "MF-ORGANIZATION", detail: `${repository.owner} is the account of a person` };
  }
  const run = await readRunTrust(core, repository, job);
  const history = historyOf(await core.store.histories.read(historyKeyOf(core, repository, job)));
  const more = { ...known, run, history };
  const input = inputOf(core, repository, job, more);
  const workflows = isUpToAuto(input) ? await readWorkflows(core, repository, job) : undefined;
  const outcome = plan({ ...input, workflows });
  if (outcome.outcome !== "launch") return shortened(outcome);
  const { execution, auto, spec, runner, estimate, caps, priority } = outcome;
  const reasons = [...outcome.reasons, ...notes];
  const made: Plan = { execution, auto, spec, reasons, runner, estimate, caps, report: config.file.report ?? "always" };
  return { outcome: "launch", plan: await keptByCloud(core, repository, job, made), priority };
}

/** Key of what is remembered of jobs with the same labels. */
export function historyKeyOf(core: Core, repository: Repository, { labels }: Pick<JobFacts, "labels">): string {
  return labelHistoryKey(repository.id, labelSetOf(labels, core.settings.labelPrefix));
}

type Known = {
  readonly config: RunnerConfig;
  readonly brokenFile: string | undefined;
  readonly run?: RunTrust;
  readonly history?: PlanInput["history"];
};

function inputOf(core: Core, repository: Repository, { labels }: JobToPlan, known: Known): PlanInput {
  const { config, brokenFile, run, history = noHistory } = known;
  const { trust = { kind: "trusted" }, approved = false } = run ?? {};
  return {
    job: { labels, trust, approved, publicRepository: !repository.private },
    workflows: undefined,
    config,
    policy: core.policy,
    history,
    prices: defaultPrices,
    offers: offersOf(core),
    organizationRunners: core.settings.organizationRunnerGroup !== undefined,
    regionOf: (execution, spec) => machineRegion(core, execution, spec),
    labelPrefix: core.settings.labelPrefix,
    nowMs: core.clock.nowMs(),
    brokenFile,
  };
}

/** What is not launched, as the job's record needs it. The budget is looked at when a machine is launched, not before. */
function shortened(outcome: Exclude<PlanOutcome, { readonly outcome: "launch" }>): Planned {
  if (outcome.outcome === "not-ours") return { outcome: "not-ours" };
  const { code, detail } = outcome;
  return { outcome: "refuse", code, detail };
}

async function keptByCloud(
  core: Core,
  repository: Repository,
  { runId, runAttempt }: JobToPlan,
  made: Plan,
): Promise<Plan> {
  if (runAttempt < 2 || made.execution !== "ec2" || made.spec.spot === "never") return made;
  const before = await core.store.runs.read(runKey(repository.id, runId, runAttempt - 1));
  if (!isRerunAsked(before)) return made;
  const reasons = [...made.reasons, "on-demand, because the machine of the attempt before was lost"];
  return { ...made, spec: { ...made.spec, spot: "never" }, reasons };
}

/** What the compute providers can launch here. */
export function offersOf({ compute }: Pick<Core, "compute">): Offers {
  const providers = Object.values(compute);
  return Object.fromEntries(providers.map(({ traits }) => [traits.execution, traits.offer]));
}
