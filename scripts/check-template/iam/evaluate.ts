import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { RequestAnalysis } from "@cloud-copilot/iam-simulate";
import type { Statement } from "../statements.ts";
import type { Request } from "./request.ts";
import { requestKey } from "./request.ts";

export type Verdict = {
  readonly allowed: boolean;
  /** Positions of the statements that allow it; another one may deny it all the same. */
  readonly by: readonly number[];
};

/** Answers that were given before: a change in one statement leaves most of them as they are, and each takes a while. */
const given = new Map<string, Promise<Verdict>>();

/**
 * What IAM says to a role's request, by an evaluator that others have written. Only the role's own statements count: the
 * resource is taken to be of a policy that leaves the decision to them, wherever AWS asks both. Rejects for what it
 * takes for no request at all: an action that AWS does not have, a resource that the action does not know.
 */
export async function evaluate(statements: readonly Statement[], request: Request, account: string): Promise<Verdict> {
  const asked = [...statements.entries()].filter(([, statement]) => mayName(statement, request.action));
  const policy = asked.map(([, statement], index) => ({ ...statement, Sid: `s${index}` }));
  const key = JSON.stringify([policy, requestKey(request), account]);
  const verdict = given.get(key) ?? simulate(policy, request, account);
  given.set(key, verdict);
  const { allowed, by } = await verdict;
  return { allowed, by: by.flatMap((index) => asked[index]?.[0] ?? []) };
}

/** Statements are `s0`, `s1` … */
async function simulate(
  statements: readonly Statement[],
  { action, resource, context }: Request,
  account: string,
): Promise<Verdict> {
  const policy = { Version: "2012-10-17", Statement: statements };
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${account}:role/role`,
        action,
        resource: { resource, accountId: account },
        contextVariables: Object.fromEntries(
          Object.entries(context).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]),
        ),
      },
      identityPolicies: statements.length === 0 ? [] : [{ name: "role", policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      // Keys and roles are the two that always ask their own policy as well.
      ...(/^(?:kms|sts):/.test(action) ? { resourcePolicy: trusting(account, action) } : {}),
    },
    {},
  );
  if (result.resultType === "error") {
    throw new Error(`${action} on ${resource}: the evaluator says ${JSON.stringify(result.errors)}`);
  }
  const analyses =
    result.resultType === "single" ? [result.result.analysis] : result.results.map((one) => one.analysis);
  return { allowed: result.overallResult === "Allowed", by: [...new Set(analyses.flatMap(allowing))] };
}

/** False: the statement has nothing to do with the action. */
function mayName({ Action: action, NotAction: not }: Statement, asked: string): boolean {
  const names = [action ?? []].flat();
  return not !== undefined || names.some((name) => /[*?]/.test(name) || name.toLowerCase() === asked.toLowerCase());
}

/** Leaves the decision to the account's own policies. */
function trusting(account: string, action: string): object {
  const Principal = { AWS: `arn:aws:iam::${account}:root` };
  const Resource = action.startsWith("kms:") ? { Resource: "*" } : {};
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: action, ...Resource }] };
}

function allowing({ identityAnalysis }: RequestAnalysis): number[] {
  return (identityAnalysis?.allowStatements ?? []).map(({ explain }) => Number(explain.identifier.slice(1)));
}
