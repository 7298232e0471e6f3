import type { Execution } from "../../model/execution.ts";
import { nearest } from "../nearest.ts";
import type { OptionValues } from "../options.ts";
import type { PlanInput } from "../plan-types.ts";
import { inheritValues } from "../runner-config/inherit-config.ts";
import { canRun } from "../runner-config/possible.ts";

/** What a job asks for: its runner's keys, with the label's own ones and the operator's defaults. */
export type Asked = {
  /** As its file spells it; built-in names as they are. */
  readonly runner: string;
  readonly values: OptionValues;
  /** What runner and label say themselves, without the defaults. */
  readonly written: OptionValues;
  /** Where the job must run; undefined: `auto`. */
  readonly execution: Execution | undefined;
  /** Who says so, for a sentence. */
  readonly because: string;
};

/** Runners that every repository has. */
const builtIn: ReadonlyMap<string, Execution> = new Map([
  ["lambda", "lambda"],
  ["ec2", "ec2"],
  ["microvm", "microvm"],
]);

type Named = { readonly runner: string; readonly label: string | undefined; readonly overrides: OptionValues };

/** What the runner that a job's labels name is to be; a sentence when there is no such runner. */
export function askedFor(
  { runner: key, label, overrides }: Named,
  { config, policy, brokenFile }: Pick<PlanInput, "config" | "policy" | "brokenFile">,
): Asked | { readonly missing: string } {
  const fixed = builtIn.get(key);
  const definition = fixed === undefined ? config.runners.get(key) : undefined;
  const exists = definition !== undefined || fixed !== undefined || key === "default" || brokenFile !== undefined;
  if (!exists) return { missing: `${label ?? key} names “${key}”${hint(key, config.runners.keys())}` };
  const runner = definition?.name ?? key;
  const written: OptionValues = { ...definition?.values, ...overrides };
  const explicit = fixed ?? explicitExecution(written.execution);
  const implied = explicit ?? impliedExecution(written);
  const nearer = implied === undefined ? written : { ...written, execution: implied };
  const values = inheritValues(nearer, policy.defaults, policy.images);
  const execution = explicitExecution(values.execution);
  const said = label ?? `the runner ${runner}`;
  return { runner, values, written, execution, because: because(said, { fixed, explicit, implied }) };
}

/** What the job asks for where it runs on `execution`: the operator's defaults that it cannot have are left out. */
export function valuesOn(
  execution: Execution,
  { written }: Pick<Asked, "written">,
  { policy }: Pick<PlanInput, "policy">,
): OptionValues {
  return inheritValues({ ...written, execution }, policy.defaults, policy.images);
}

function hint(key: string, names: Iterable<string>): string {
  const meant = nearest(key, [...names, "default", ...builtIn.keys()]);
  return meant === undefined ? "" : `; did you mean “${meant}”?`;
}

type Said = Readonly<Record<"fixed" | "explicit" | "implied", Execution | undefined>>;

/** Who says where the job runs, when it is not up to `auto`. */
function because(said: string, { fixed, explicit, implied }: Said): string {
  if (fixed !== undefined) return `the label ${said} says so`;
  if (explicit !== undefined) return `.github/runner.yml says so for ${said}`;
  if (implied !== undefined) return `${said} asks for what only ${executionNames[implied]} has`;
  return "the operator's policy says so for runners that leave it open";
}

/** Names of executions for people. */
export const executionNames = { lambda: "Lambda", ec2: "EC2", microvm: "Lambda MicroVM" } as const;

function explicitExecution(value: OptionValues["execution"]): Execution | undefined {
  return value === "auto" ? undefined : value;
}

/** Keys and sizes that only EC2 has ask for EC2. */
function impliedExecution(values: OptionValues): Execution | undefined {
  return canRun(values, "lambda") ? undefined : "ec2";
}
