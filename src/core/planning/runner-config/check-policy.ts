import { instanceTypeNames } from "../machines/instance-types.ts";
import { nearest } from "../nearest.ts";
import { options } from "../options.ts";
import type { Option, OptionKey } from "../options.ts";
import type { Maxima } from "../policy/policy.ts";
import { policyPlace } from "../policy/policy-place.ts";
import { typeBeyondPolicy } from "../policy/type-limits.ts";
import { capOf } from "./cap-of.ts";
import { writtenTypes } from "./check-machine.ts";
import type { CheckedRunner } from "./checked-runner.ts";
import { listWords } from "./describe-value.ts";

const table: Readonly<Record<OptionKey, Option>> = options;

const maxima = {
  cpu: "cpu",
  "memory-gb": "memoryGb",
  "disk-gb": "diskGb",
  "timeout-minutes": "timeoutMinutes",
} as const satisfies Partial<Record<OptionKey, keyof Maxima>>;

/** Notes what the operator's policy does not allow or define, at its value. Without limits in the policy nothing. */
export function checkPolicy(runner: CheckedRunner): void {
  checkExecutions(runner);
  checkMaxima(runner);
  checkTypes(runner);
  checkNames(runner);
  checkCap(runner);
}

function checkExecutions({ title, values, written, path, problems, policy }: CheckedRunner): void {
  const { executions } = policy;
  if (executions === undefined) return;
  const allowed = `${listWords(executions, "and")}${policyPlace(policy, "executions")}`;
  const { execution } = values;
  if (execution !== undefined && execution !== "auto") {
    if (executions.includes(execution)) return;
    const message = `The operator does not allow \`execution: ${execution}\`, only ${allowed}.`;
    problems.add("MF-CONFIG-POLICY", "value", [...path, "execution"], message);
    return;
  }
  for (const key of Object.keys(table) as OptionKey[]) {
    if (!written.has(key) || table[key].executions.some((one) => executions.includes(one))) continue;
    const only = table[key].executions.join(" and ");
    const message = `\`${key}\` is for ${only} only, but the operator allows only ${allowed}. Remove it from ${title}.`;
    problems.add("MF-CONFIG-POLICY", "key", [...path, key], message);
  }
}

function checkMaxima({ values, path, problems, policy }: CheckedRunner): void {
  for (const key of Object.keys(maxima) as (keyof typeof maxima)[]) {
    const [value, most] = [values[key], policy.maxima[maxima[key]]];
    if (value === undefined || most === undefined || value <= most) continue;
    const limit = `at most ${most} ${table[key].unit ?? ""}${policyPlace(policy, `maxima.${key}`)}`;
    const message = `\`${key}: ${value}\` is more than the operator allows: ${limit}.`;
    problems.add("MF-CONFIG-POLICY", "value", [...path, key], message);
  }
}

function checkTypes(runner: CheckedRunner): void {
  const { path, problems, policy } = runner;
  for (const [type, index] of writtenTypes(runner)) {
    // Of one that does not exist nothing more is said.
    const message = instanceTypeNames.has(type) ? typeBeyondPolicy(type, policy) : undefined;
    if (message !== undefined) problems.add("MF-CONFIG-POLICY", "value", [...path, "instance-types", index], message);
  }
}

function checkNames({ values, path, problems, policy }: CheckedRunner): void {
  const names = [
    ["image", "image", policy.images, "images"],
    ["role", "role", policy.roles, "roles"],
    ["subnets", "subnets", policy.subnets, "subnets"],
  ] as const;
  for (const [key, what, defined, section] of names) {
    const name = values[key];
    if (name === undefined || defined === undefined || defined.has(name)) continue;
    const meant = nearest(name, defined.keys());
    const known = defined.size === 0 ? "It defines none." : `It defines ${listWords([...defined.keys()], "and")}.`;
    const remedy = meant === undefined ? known : `Did you mean \`${meant}\`?`;
    const message = `The operator's policy defines no ${what} \`${name}\`${policyPlace(policy, section)}. ${remedy}`;
    problems.add("MF-CONFIG-UNDEFINED", "value", [...path, key], message);
  }
}

function checkCap({ values, path, problems, policy }: CheckedRunner): void {
  const most = values["max-runners"];
  const { execution } = values;
  const cap = capOf(policy, execution === "auto" ? undefined : execution);
  if (most === undefined || cap === undefined || most <= cap.most) return;
  const message = `\`max-runners: ${most}\` is never reached: the operator allows ${cap.most}${cap.place}.`;
  problems.add("MF-CONFIG-CAP", "value", [...path, "max-runners"], message);
}
