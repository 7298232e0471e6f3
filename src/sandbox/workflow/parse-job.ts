import type { JobDefinition, RunsOn, StepDefinition } from "./definition.ts";
import { parseDefaults } from "./parse-defaults.ts";
import { plainValue } from "../../adapters/workflow-file/plain-value.ts";

const { flag, isRecord, number, record, text, textRecord, texts } = plainValue;

/** What the sandbox leaves undone, by the key that asks for it. */
const NOT_SUPPORTED: Readonly<Record<string, string>> = {
  uses: "uses (a reusable workflow is not called)",
  container: "container (the steps run on the machine itself)",
  services: "services (none is started)",
  snapshot: "snapshot (no image is made)",
};

/** A job as plain values. `job` is what YAML gave for it, checked by GitHub's parser before. */
export function parseJob(key: string, line: number, job: Readonly<Record<string, unknown>>): JobDefinition {
  const strategy = record(job["strategy"]);
  const matrix = strategy["matrix"];
  const steps = Array.isArray(job["steps"]) ? (job["steps"] as unknown[]) : [];
  return {
    key,
    line,
    ...given("name", text(job["name"])),
    needs: texts(job["needs"]),
    ...given("if", text(job["if"])),
    runsOn: parseRunsOn(job["runs-on"]),
    ...given("matrix", isRecord(matrix) ? matrix : text(matrix)),
    failFast: flag(strategy["fail-fast"]) ?? true,
    ...given("maxParallel", number(strategy["max-parallel"])),
    ...given("concurrency", job["concurrency"] ?? undefined),
    ...given("environment", job["environment"] ?? undefined),
    env: textRecord(job["env"]),
    defaults: parseDefaults(job["defaults"]),
    outputs: textRecord(job["outputs"]),
    ...given("timeoutMinutes", number(job["timeout-minutes"])),
    ...given("continueOnError", flag(job["continue-on-error"])),
    steps: steps.map((step) => parseStep(record(step))),
    notSupported: notSupported(job),
  };
}

function notSupported(job: Readonly<Record<string, unknown>>): string[] {
  const found = Object.entries(NOT_SUPPORTED).filter(([key]) => job[key] !== undefined && job[key] !== null);
  const wholeExpressions = ["strategy", "env", "outputs", "defaults"].filter((key) => typeof job[key] === "string");
  return [...found.map(([, said]) => said), ...wholeExpressions.map((key) => `${key} as one expression (left out)`)];
}

function parseStep(step: Readonly<Record<string, unknown>>): StepDefinition {
  return {
    ...given("id", text(step["id"])),
    ...given("name", text(step["name"])),
    ...given("if", text(step["if"])),
    ...given("run", typeof step["run"] === "string" ? step["run"] : text(step["run"])),
    ...given("uses", text(step["uses"])),
    ...given("with", isRecord(step["with"]) ? textRecord(step["with"]) : undefined),
    env: textRecord(step["env"]),
    ...given("workingDirectory", text(step["working-directory"])),
    ...given("shell", text(step["shell"])),
    ...given("continueOnError", flag(step["continue-on-error"])),
    ...given("timeoutMinutes", number(step["timeout-minutes"])),
  };
}

function parseRunsOn(value: unknown): RunsOn {
  if (Array.isArray(value)) return texts(value);
  if (!isRecord(value)) return text(value) ?? [];
  const labels = Array.isArray(value["labels"]) ? texts(value["labels"]) : text(value["labels"]);
  return { ...given("group", text(value["group"])), ...given("labels", labels) };
}

/** The property alone when it has a value: under `exactOptionalPropertyTypes` an undefined one may not be there. */
function given<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
