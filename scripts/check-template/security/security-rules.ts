import { namedResources } from "./any-resource.ts";
import { partRules } from "./part-rules.ts";
import { policyRules } from "./policy-rules.ts";
import type { SecurityRule } from "./rule.ts";

/** Least privilege, nothing in the clear, no way in, nothing kept for ever, nothing lost. */
export const securityRules: readonly SecurityRule[] = [namedResources, ...policyRules, ...partRules];
