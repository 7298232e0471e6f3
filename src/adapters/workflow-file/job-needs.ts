import { shortDetail } from "../../core/planning/workflows/short-detail.ts";
import type { ScriptNeed, scriptNeeds } from "../../core/planning/workflows/script-needs.ts";
import type { Need } from "../../core/planning/workflows/workflow-facts.ts";
import { plainValue } from "./plain-value.ts";

/** Keys that lead to a value of the file. */
type Path = readonly (string | number)[];

/** How scripts are read, and where things stand in the file. */
export type Reading = {
  readonly scriptNeeds: typeof scriptNeeds;
  /** Line of the key (or item) at a path, 1-based. */
  lineOf(path: Path): number;
  /** Line of a line (0-based) of the text at a path, as exactly as its style tells. */
  lineWithin(path: Path, line: number): number;
};

type Plain = Readonly<Record<string, unknown>>;
type Job = { readonly plain: Plain; readonly path: Path; readonly shell: string; readonly reading: Reading };

/** Without a word about it steps run in bash: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell */
const usualShell = "bash";
/** Steps that only wait for others. */
const waitingKeys = ["wait", "wait-all", "cancel"];

/**
 * What stands against running a job on Lambda, in the order of the file: each kind once, each action once. `plain` is
 * what YAML gave for the job at `path`, `workflow` for the whole file.
 */
export function jobNeeds(plain: Plain, path: Path, workflow: Plain, reading: Reading): Need[] {
  if (plain["uses"] !== undefined) return [];
  const shell = shellOf(plain["defaults"]) ?? shellOf(workflow["defaults"]) ?? usualShell;
  const job: Job = { plain, path, shell, reading };
  const found = [...machineNeeds(job), ...stepsNeeds(job, plain["steps"], [...path, "steps"])];
  const seen = new Set<string>();
  return found
    .toSorted((left, right) => left.line - right.line)
    .filter(({ kind, detail }) => {
      const key = kind === "unknown-action" ? detail.toLowerCase() : kind;
      return !seen.has(key) && seen.add(key);
    });
}

/** What the job says beside its steps. */
function machineNeeds({ plain, path, reading }: Job): Need[] {
  const line = (key: string): number => reading.lineOf([...path, key]);
  const needs: Need[] = [];
  const container = nameIn(plain["container"], "image");
  if (container !== undefined) {
    needs.push({ kind: "container", detail: shortDetail(`container: ${container}`), line: line("container") });
  }
  const services = plain["services"];
  const names = plainValue.isRecord(services) ? Object.keys(services).join(", ") : (plainValue.text(services) ?? "");
  if (names !== "") needs.push({ kind: "services", detail: shortDetail(`services: ${names}`), line: line("services") });
  const environment = nameIn(plain["environment"], "name");
  if (environment !== undefined) {
    needs.push({ kind: "environment", detail: shortDetail(`environment: ${environment}`), line: line("environment") });
  }
  if (plain["snapshot"] !== undefined) needs.push({ kind: "unknown", detail: "snapshot", line: line("snapshot") });
  return needs;
}

/** A text, or the text of a mapping's key. */
function nameIn(value: unknown, key: string): string | undefined {
  return plainValue.text(plainValue.isRecord(value) ? value[key] : value);
}

function stepsNeeds(job: Job, steps: unknown, path: Path): Need[] {
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step: unknown, index) => stepNeeds(job, plainValue.record(step), [...path, index]));
}

function stepNeeds(job: Job, step: Plain, path: Path): Need[] {
  const uses = plainValue.text(step["uses"]);
  const run = plainValue.text(step["run"]);
  if (uses !== undefined) return usesNeeds(job, uses, step, path);
  if (run !== undefined) {
    const shell = plainValue.text(step["shell"]) ?? job.shell;
    return [
      ...within(job, [...path, "run"], job.reading.scriptNeeds(run, shell)),
      ...templateNeeds(job, shell, [...path, "run"]),
    ];
  }
  if (step["parallel"] !== undefined) return stepsNeeds(job, step["parallel"], [...path, "parallel"]);
  if (waitingKeys.some((key) => step[key] !== undefined)) return [];
  return [{ kind: "unknown", detail: "a step without `run` and `uses`", line: job.reading.lineOf(path) }];
}

/** A shell may be a command of its own: `sudo bash {0}`, `bash -c "docker …" {0}`. */
function templateNeeds({ reading }: Job, shell: string, path: Path): Need[] {
  if (!shell.includes("{0}")) return [];
  return reading.scriptNeeds(shell, usualShell).map((need) => ({ ...need, line: reading.lineOf(path) }));
}

function usesNeeds(job: Job, uses: string, step: Plain, path: Path): Need[] {
  const line = job.reading.lineOf([...path, "uses"]);
  if (uses.toLowerCase().startsWith("docker://"))
    return [{ kind: "docker", detail: shortDetail(`uses: ${uses}`), line }];
  const needs: Need[] = [{ kind: "unknown-action", detail: uses, line }];
  // The action is safe; what people write into it is theirs.
  const script = plainValue.text(plainValue.record(step["with"])["script"]);
  if (script === undefined || !uses.toLowerCase().startsWith("actions/github-script@")) return needs;
  return [...needs, ...within(job, [...path, "with", "script"], job.reading.scriptNeeds(script, "node"))];
}

function within({ reading }: Job, path: Path, needs: readonly ScriptNeed[]): Need[] {
  return needs.map((need) => ({ ...need, line: reading.lineWithin(path, need.line) }));
}

function shellOf(defaults: unknown): string | undefined {
  return plainValue.text(plainValue.record(plainValue.record(defaults)["run"])["shell"]);
}
