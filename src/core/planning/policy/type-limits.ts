import { machineTypes } from "../machines/instance-types.ts";
import { matchesGlob } from "../glob.ts";
import { listWords } from "../runner-config/describe-value.ts";
import type { Policy } from "./policy.ts";
import { policyPlace } from "./policy-place.ts";

/**
 * Why the operator's policy does not allow an instance type, as a sentence; undefined when it does: its globs must name
 * it, and it must be within the maxima. A type whose size is not known is within them only if the globs name it.
 */
export function typeBeyondPolicy(type: string, policy: Policy): string | undefined {
  const globs = policy.instanceTypes;
  if (globs !== undefined && !globs.some((glob) => matchesGlob(type, glob))) {
    return `The operator does not allow \`${type}\`, only ${listWords(globs, "and", 5)}${policyPlace(policy, "instance-types")}.`;
  }
  const size = machineTypes.get(type);
  const limits = [
    ["cpu", policy.maxima.cpu, size?.vcpu, "vCPU"],
    ["memory-gb", policy.maxima.memoryGb, size && size.memoryMb / 1024, "GB"],
  ] as const;
  for (const [key, most, has, unit] of limits) {
    if (most === undefined) continue;
    const limit = `at most ${most} ${unit}${policyPlace(policy, `maxima.${key}`)}`;
    if (has === undefined && globs === undefined) {
      return `\`${type}\` may be more than the operator allows: ${limit}. Mayfly does not know its size; the operator can allow it by name.`;
    }
    if (has !== undefined && has > most) {
      return `\`${type}\` has ${has} ${unit}, which is more than the operator allows: ${limit}.`;
    }
  }
  return undefined;
}
