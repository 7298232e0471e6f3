import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import type { ErrorCode } from "../errors/catalogue.ts";
import { decide } from "../errors/decide.ts";
import type { Decision } from "../errors/decide.ts";
import type { Execution } from "../model/execution.ts";
import type { Plan } from "../model/job.ts";
import type { Repository } from "../model/repository.ts";
import { isRerunAsked, runKey } from "../model/run.ts";
import { readLabels } from "../planning/labels.ts";
import { nearest } from "../planning/nearest.ts";
import type { RunnerDefinition } from "../planning/runner-config/runner-config.ts";
import type { JobFacts } from "../ports.ts";
import type { Settings } from "../settings.ts";
import { configPath, readRepositoryConfig } from "./repository-config.ts";
import type { RepositoryConfig } from "./repository-config.ts";

export type Planned =
  | { readonly outcome: "not-ours" }
  | { readonly outcome: "refuse"; readonly code: ErrorCode; readonly detail: string }
  /** What the plan needs cannot be read just now. */
  | { readonly outcome: "later"; readonly decision: Decision }
  | { readonly outcome: "launch"; readonly plan: Plan; readonly priority: number };

/** Names of runners that every repository has; the file cannot define them. */
const executions: ReadonlyMap<string, Execution> = new Map([
  ["lambda", "lambda"],
  ["ec2", "ec2"],
  ["microvm", "microvm"],
]);

/**
 * Plans a job as `planFor` does, or says why that has to wait: the job is recorded all the same, so that its author can
 * read why nothing starts.
 */
export async function planOrPutOff(
  core: Core,
  repository: Repository,
  job: Pick<JobFacts, "labels" | "runId" | "runAttempt">,
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
 * Plans a job, with the repository's own definitions where its label needs them. A job that runs again because a machine
 * of the attempt before was lost gets capacity that its cloud does not take back.
 */
async function planFor(
  core: Core,
  repository: Repository,
  { labels, runId, runAttempt }: Pick<JobFacts, "labels" | "runId" | "runAttempt">,
): Promise<Planned> {
  const verdict = readLabels(labels, core.settings.labelPrefix);
  const needsFile = verdict.kind === "ours" && !executions.has(verdict.runner);
  const config: RepositoryConfig = needsFile ? await readRepositoryConfig(core, repository) : { state: "absent" };
  const planned = planJob(labels, config, core.settings, availableExecutions(core));
  if (runAttempt < 2 || planned.outcome !== "launch" || !mayBeSpot(planned.plan)) return planned;
  const before = await core.store.runs.read(runKey(repository.id, runId, runAttempt - 1));
  return isRerunAsked(before) ? { ...planned, plan: onDemand(planned.plan) } : planned;
}

function mayBeSpot({ execution, spec }: Plan): boolean {
  return execution === "ec2" && spec.spot !== "never";
}

function onDemand(plan: Plan): Plan {
  const reasons = [...plan.reasons, "on-demand, because the machine of the attempt before was lost"];
  return { ...plan, spec: { ...plan.spec, spot: "never" }, reasons };
}

/**
 * Decides where a job runs, from its labels, the repository's definitions and the settings. `available` are the
 * executions with a compute provider. Pure: the same input gives the same plan.
 */
export function planJob(
  labels: readonly string[],
  config: RepositoryConfig,
  settings: Pick<Settings, "labelPrefix" | "defaultExecution">,
  available: readonly Execution[],
): Planned {
  const verdict = readLabels(labels, settings.labelPrefix);
  if (verdict.kind === "not-ours") return { outcome: "not-ours" };
  if (verdict.kind === "refused") return { outcome: "refuse", code: verdict.code, detail: verdict.detail };
  const { runner: name, label } = verdict;
  const definition = config.state === "read" ? config.runners.get(name) : undefined;
  if (definition === undefined && name !== "default" && !executions.has(name))
    return unknownRunner(label, name, config);
  const execution = executions.get(name) ?? impliedExecution(definition) ?? settings.defaultExecution;
  if (!available.includes(execution)) {
    return { outcome: "refuse", code: "MF-EXECUTION-MISSING", detail: `${label} asks for ${execution}` };
  }
  const reasons = [why(label, execution, executions.get(name), definition)];
  if (config.state === "broken") reasons.push(`its definitions are not used because of errors in ${config.detail}`);
  return { outcome: "launch", plan: { execution, spec: definition?.spec ?? {}, reasons }, priority: 0 };
}

function unknownRunner(label: string, name: string, config: RepositoryConfig): Planned {
  if (config.state === "broken") return { outcome: "refuse", code: "MF-CONFIG", detail: config.detail };
  const known = config.state === "read" ? [...config.runners.keys()] : [];
  const meant = nearest(name, [...known, "default", ...executions.keys()]);
  const hint = meant === undefined ? "" : `; did you mean “${meant}”?`;
  return { outcome: "refuse", code: "MF-LABEL-RUNNER", detail: `${label} names “${name}”${hint}` };
}

/** Keys that only EC2 has ask for EC2. */
function impliedExecution(definition: RunnerDefinition | undefined): Execution | undefined {
  const { instanceTypes, spot } = definition?.spec ?? {};
  return definition?.execution ?? (instanceTypes === undefined && spot === undefined ? undefined : "ec2");
}

function why(
  label: string,
  execution: Execution,
  builtIn: Execution | undefined,
  definition: RunnerDefinition | undefined,
): string {
  if (builtIn !== undefined) return `the label ${label} asks for ${execution}`;
  if (definition?.execution !== undefined) return `${configPath} says ${execution} for ${label}`;
  if (impliedExecution(definition) !== undefined) {
    return `${configPath} has keys for ${label} that only ${execution} has`;
  }
  return `${execution} is the default execution`;
}

/** Executions that have a compute provider here. */
export function availableExecutions(core: Pick<Core, "compute">): Execution[] {
  return [...executions.values()].filter((execution) => core.compute[execution] !== undefined);
}
