import type { JobDefinition } from "../../workflow/definition.ts";
import {
  evaluateCondition,
  evaluateDeep,
  evaluateValue,
  type Contexts,
} from "../../../adapters/workflow-file/expressions.ts";
import { jobName, runsOnLabels } from "../../workflow/job-name.ts";
import { expandMatrix } from "../../../adapters/workflow-file/matrix.ts";
import { plainValue } from "../../../adapters/workflow-file/plain-value.ts";
import type { DeploymentRecord, JobRecord, RunRecord, Strategy } from "../state.ts";
import { repositoryOf, type World } from "../world.ts";
import { githubContext } from "./github-context.ts";
import { readConcurrency } from "./read-concurrency.ts";
import { needsContext, statusForCondition } from "./results.ts";

const ALONE: Strategy = { "fail-fast": true, "job-index": 0, "job-total": 1, "max-parallel": 1 };
const HOSTED = /^(ubuntu|windows|macos)-/i;

/** The jobs that a definition becomes now that its needs are done: one, one for each matrix entry, or a skipped one. */
export function expand(world: World, run: RunRecord, definition: JobDefinition): JobRecord[] {
  try {
    return expandOrThrow(world, run, definition);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    world.tell({ type: "not-understood", path: run.path, job: definition.key, what: message });
    const failed = newJob(world, run, definition, { name: definition.key, labels: [] });
    return [{ ...failed, ...ended(world, "failure"), annotations: [{ level: "failure", message }] }];
  }
}

function expandOrThrow(world: World, run: RunRecord, definition: JobDefinition): JobRecord[] {
  const contexts = {
    github: githubContext(world, run, definition.key),
    needs: needsContext(world, run, definition),
    vars: {},
    inputs: {},
  };
  if (!evaluateCondition(definition.if, contexts, statusForCondition(world, run, definition))) {
    const name = jobName(definition, null, contexts);
    const labels = labelsOfSkipped(definition, contexts);
    return [{ ...newJob(world, run, definition, { name, labels }), ...ended(world, "skipped") }];
  }
  if (definition.matrix === undefined) return [instance(world, run, definition, contexts, null, ALONE)];
  const entries = expandMatrix(definition.matrix, contexts);
  return entries.map(({ values }, index) =>
    instance(world, run, definition, contexts, values as Record<string, unknown>, {
      "fail-fast": truth(definition.failFast, contexts),
      "job-index": index,
      "job-total": entries.length,
      "max-parallel": maxParallel(definition, contexts) ?? entries.length,
    }),
  );
}

function instance(
  world: World,
  run: RunRecord,
  definition: JobDefinition,
  shared: Contexts,
  matrix: Record<string, unknown> | null,
  strategy: Strategy,
): JobRecord {
  const contexts = { ...shared, matrix: matrix ?? {}, strategy };
  const labels = runsOnLabels(definition, contexts);
  const name = jobName(definition, matrix, contexts);
  const continueOnError = truth(definition.continueOnError ?? false, contexts);
  const { concurrency, environment } = run.holds.get(definition.key) ?? {};
  return newJob(world, run, definition, {
    name,
    labels,
    matrix,
    strategy,
    continueOnError,
    concurrency: readConcurrency(concurrency, contexts),
    deployment: deploymentOf(world, environment, contexts),
  });
}

/** `environment:` is a name or a mapping with one. */
function deploymentOf(world: World, environment: unknown, contexts: Contexts): DeploymentRecord | undefined {
  const evaluated = evaluateDeep(plainValue.isRecord(environment) ? environment["name"] : environment, contexts);
  const name = plainValue.text(evaluated);
  return name === undefined ? undefined : { id: world.ids.next("deployment"), environment: name };
}

/** Undefined: as many as the matrix has. */
function maxParallel({ maxParallel: written }: JobDefinition, contexts: Contexts): number | undefined {
  const most = Number(evaluateDeep(written, contexts));
  return most >= 1 ? most : undefined;
}

/** A skipped job shows its labels; those of a matrix were never evaluated. */
function labelsOfSkipped(definition: JobDefinition, contexts: Contexts): string[] {
  return definition.matrix === undefined ? runsOnLabels(definition, contexts) : [];
}

function truth(value: boolean | string, contexts: Contexts): boolean {
  return typeof value === "boolean" ? value : evaluateValue(value, contexts) === true;
}

function newJob(
  world: World,
  run: RunRecord,
  definition: JobDefinition,
  facts: Pick<JobRecord, "name" | "labels"> &
    Partial<Pick<JobRecord, "matrix" | "strategy" | "continueOnError" | "concurrency" | "deployment">>,
): JobRecord {
  const { runsOn } = definition;
  return {
    id: world.ids.next("job"),
    runId: run.id,
    attempt: run.attempt,
    repositoryId: repositoryOf(world, run).id,
    key: definition.key,
    definition,
    group: typeof runsOn === "object" && "group" in runsOn ? runsOn.group : undefined,
    hosted: facts.labels.some((label) => HOSTED.test(label)) && !facts.labels.includes("self-hosted"),
    matrix: null,
    strategy: ALONE,
    continueOnError: false,
    concurrency: undefined,
    deployment: undefined,
    ...facts,
    onHosted: false,
    status: "queued",
    conclusion: null,
    runnerId: null,
    runnerName: null,
    runnerGroupId: null,
    runnerGroupName: null,
    cancelRequested: false,
    steps: [],
    outputs: {},
    annotations: [],
    log: "",
    keepsLog: false,
    createdAtMs: world.now(),
    awaitsRunnerSinceMs: world.now(),
    handedOutAtMs: undefined,
    renewedAtMs: undefined,
    startedAtMs: undefined,
    completedAtMs: undefined,
  };
}

function ended(world: World, conclusion: "failure" | "skipped") {
  return { status: "completed", conclusion, completedAtMs: world.now() } as const;
}
