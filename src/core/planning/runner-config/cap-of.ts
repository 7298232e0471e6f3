import type { Execution } from "../../model/execution.ts";
import type { Policy } from "../policy/policy.ts";
import { policyPlace } from "../policy/policy-place.ts";

/** The operator's tightest cap on machines of one repository, and where it is set; undefined: none. */
export function capOf(
  policy: Policy,
  execution?: Execution,
): { readonly most: number; readonly place: string } | undefined {
  const scopes = ["repository", "total", ...(execution === undefined ? [] : [execution])] as const;
  const caps = scopes.flatMap((scope) => {
    const most = policy.maxRunners[scope];
    return most === undefined ? [] : [{ most, place: policyPlace(policy, `max-runners.${scope}`) }];
  });
  return caps.toSorted((left, right) => left.most - right.most)[0];
}
