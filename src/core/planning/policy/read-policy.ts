import type { YamlDocument, YamlReader } from "../../ports.ts";
import { matchesGlob } from "../glob.ts";
import { instanceTypeNames } from "../machines/instance-types.ts";
import { policyFile, roleRule } from "../policy-options.ts";
import { checkExecution } from "../runner-config/check-execution.ts";
import { checkMachine } from "../runner-config/check-machine.ts";
import { checkPolicy } from "../runner-config/check-policy.ts";
import type { Read, ReadKeys } from "../runner-config/file-rule.ts";
import type { Problem } from "../runner-config/problem.ts";
import type { ProblemList } from "../runner-config/problem-list.ts";
import { readMapping } from "../runner-config/read-mapping.ts";
import { readText } from "../runner-config/read-text.ts";
import { checkSubnets } from "./check-subnets.ts";
import type { MaxRunners, Policy, PolicyRole } from "./policy.ts";

type Values = ReadKeys<typeof policyFile.keys>;

/** Events that may have a role when it does not say: none that strangers can cause. */
const usualEvents = ["push", "workflow_dispatch", "schedule"];
const usualMinutes = 60;

/** What an empty `policy.yml` says: strangers get nothing, no names are defined, everything else is open. */
export const defaultPolicy: Policy = policyOf({}, new Map());

/**
 * Reads the text of an operator's `policy.yml`. Never throws. All problems at once, in the order of their positions, with
 * the codes of `.github/runner.yml`; `policy` is undefined when one of them is an error. An empty file is `defaultPolicy`.
 */
export function readPolicy(
  text: string,
  yaml: YamlReader,
): { readonly policy: Policy | undefined; readonly problems: readonly Problem[] } {
  const { values, document, problems } = readText(text, yaml, policyFile);
  const read = values as Values;
  const written = new Map(readMapping(document.value));
  const policy = policyOf(read, linesOf(written, document));
  checkGlobs(read, written, problems);
  checkCaps(policy, problems);
  checkSubnets(written.get("subnets"), policy, problems);
  const defaults = {
    title: "`defaults`",
    values: policy.defaults,
    written: new Map(readMapping(written.get("defaults"))),
    path: ["defaults"],
    problems,
    // The defaults are what is held against the rest.
    policy: { ...policy, defaults: {} },
  };
  checkExecution(defaults);
  checkMachine(defaults);
  checkPolicy(defaults);
  const found = problems.sorted();
  return { policy: found.some(({ severity }) => severity === "error") ? undefined : policy, problems: found };
}

function policyOf(values: Values, lines: ReadonlyMap<string, number>): Policy {
  const { maxima = {} } = values;
  return {
    installations: values.installations,
    executions: values.executions,
    instanceTypes: values["instance-types"],
    maxima: {
      cpu: maxima.cpu,
      memoryGb: maxima["memory-gb"],
      diskGb: maxima["disk-gb"],
      timeoutMinutes: maxima["timeout-minutes"],
    },
    maxRunners: (values["max-runners"] ?? {}) as MaxRunners,
    labelOverrides: values["label-overrides"],
    images: new Map(
      [...(values.images ?? [])].map(([name, { arch, ec2, lambda }]) => [name, { arch, ec2, lambda }] as const),
    ),
    roles: new Map([...(values.roles ?? [])].map(([name, role]) => [name, roleOf(role)] as const)),
    subnets: values.subnets ?? new Map(),
    regions: values.regions,
    forkPullRequests: values["fork-pull-requests"] ?? "deny",
    publicRepositories: values["public-repositories"] ?? "deny",
    dailyBudgetUsd: values["daily-budget-usd"],
    safeActions: values["safe-actions"] ?? [],
    defaults: values.defaults ?? {},
    lines,
  };
}

function roleOf(role: Read<typeof roleRule>): PolicyRole {
  const { arn, repositories, branches, events = usualEvents, minutes = usualMinutes } = role;
  return { arn, repositories, branches, events, minutes };
}

/** Lines of the keys of the first two levels, as `policyPlace` looks for them. */
function linesOf(
  file: ReadonlyMap<string, unknown>,
  document: Pick<YamlDocument, "rangeOf">,
): ReadonlyMap<string, number> {
  const paths = [...file].flatMap(([key, value]) => {
    const inside = readMapping(value) ?? [];
    return [[key], ...inside.map(([name]) => [key, name])];
  });
  return new Map(paths.map((path) => [path.join("."), document.rangeOf(path, "key").line]));
}

/** Globs that no instance type is like. */
function checkGlobs(values: Values, written: ReadonlyMap<string, unknown>, problems: ProblemList): void {
  const list: unknown = written.get("instance-types");
  for (const glob of values["instance-types"] ?? []) {
    if (!Array.isArray(list) || matchesAnyType(glob)) continue;
    const message = `\`${glob}\` has no effect: no instance type that this Mayfly knows is like that.`;
    problems.add("MF-CONFIG-IGNORED", "value", ["instance-types", list.indexOf(glob)], message);
  }
}

function matchesAnyType(glob: string): boolean {
  const [beginning = ""] = glob.split(/[*?]/);
  return [...instanceTypeNames].some((name) => name.startsWith(beginning) && matchesGlob(name, glob));
}

function checkCaps({ maxRunners }: Policy, problems: ProblemList): void {
  const { total } = maxRunners;
  if (total === undefined) return;
  for (const scope of ["lambda", "ec2", "microvm", "repository"] as const) {
    const most = maxRunners[scope];
    if (most === undefined || most <= total) continue;
    const message = `\`${scope}: ${most}\` is never reached: \`total\` is ${total}.`;
    problems.add("MF-CONFIG-CAP", "value", ["max-runners", scope], message);
  }
}
