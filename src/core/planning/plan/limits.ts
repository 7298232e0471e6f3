import type { NameKind, OptionValues } from "../options.ts";
import type { Maxima, Policy } from "../policy/policy.ts";
import { policyPlace } from "../policy/policy-place.ts";
import { typeBeyondPolicy } from "../policy/type-limits.ts";

const maxima: readonly (readonly [keyof OptionValues, keyof Maxima, string])[] = [
  ["cpu", "cpu", "cpu"],
  ["memory-gb", "memoryGb", "memory-gb"],
  ["disk-gb", "diskGb", "disk-gb"],
  ["timeout-minutes", "timeoutMinutes", "timeout-minutes"],
];

/** What of a runner's values the operator's policy does not allow, as a sentence part; undefined when all is well. */
export function beyondPolicy(values: OptionValues, policy: Policy): string | undefined {
  for (const [key, limit, name] of maxima) {
    const [value, most] = [values[key], policy.maxima[limit]];
    if (typeof value === "number" && most !== undefined && value > most) {
      return `\`${name}: ${value}\` is above ${most}${policyPlace(policy, `maxima.${name}`)}`;
    }
  }
  for (const type of values["instance-types"] ?? []) {
    const beyond = typeBeyondPolicy(type, policy);
    if (beyond !== undefined) return beyond;
  }
  return undefinedName(values, policy);
}

function undefinedName(values: OptionValues, policy: Policy): string | undefined {
  const names: readonly (readonly [NameKind, ReadonlyMap<string, unknown> | undefined])[] = [
    ["image", policy.images],
    ["role", policy.roles],
    ["subnets", policy.subnets],
  ];
  for (const [key, defined] of names) {
    const name = values[key];
    if (name !== undefined && defined !== undefined && !defined.has(name)) {
      const known = defined.size === 0 ? "none" : [...defined.keys()].join(", ");
      return `\`${key}: ${name}\` is not defined (defined: ${known})`;
    }
  }
  return undefined;
}
