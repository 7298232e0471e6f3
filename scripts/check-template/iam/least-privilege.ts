import type { Packaged } from "../packaged.ts";
import type { Statement } from "../statements.ts";
import { evaluate } from "./evaluate.ts";
import { forbiddenTo, otherStack } from "./forbidden.ts";
import type { Request } from "./request.ts";
import { rolePolicies } from "./role-policies.ts";
import { subjectsOf } from "./subjects.ts";
import type { Commands, Subject } from "./subjects.ts";
import { superfluousParts } from "./superfluous.ts";
import type { Asked, Judged } from "./superfluous.ts";

export type Privileges = {
  /** Each names role, statement or action, and resource. */
  readonly problems: readonly string[];
  readonly counts: {
    readonly roles: number;
    readonly statements: number;
    readonly needed: number;
    readonly denied: number;
  };
};

/**
 * Holds each role against what its bearer calls: every needed request is allowed, what must not be is denied, and nothing
 * in its statements could be left out. `only`: id of the one role to judge.
 */
export async function leastPrivilege(one: Packaged, commands: Commands, only?: string): Promise<Privileges> {
  const subjects = subjectsOf(one, commands);
  const world = { one, subjects, others: subjectsOf(otherStack(one), commands) };
  const problems = unused(
    one,
    subjects.map(({ role }) => role),
  );
  const judged = subjects.filter(({ role }) => only === undefined || role === only);
  const counts = { roles: judged.length, statements: 0, needed: 0, denied: 0 };
  for (const subject of judged) {
    const statements = rolePolicies(one, subject.role);
    const forbidden = forbiddenTo(subject, world);
    const found = await heldAgainst(subject, { statements, forbidden, account: one.place.account });
    problems.push(...found.map((problem) => `${subject.role} ${problem}`));
    counts.statements += statements.length;
    counts.needed += subject.needs.length;
    counts.denied += forbidden.length;
  }
  return { problems, counts };
}

/** Roles that nothing of the template has. */
function unused(one: Packaged, used: readonly string[]): string[] {
  return one.ids("AWS::IAM::Role").flatMap((id) => (used.includes(id) ? [] : [`${id}: nothing has this role`]));
}

async function heldAgainst(
  { needs }: Subject,
  given: Pick<Judged, "statements" | "forbidden" | "account">,
): Promise<string[]> {
  const { statements, forbidden, account } = given;
  const asked: Asked[] = [];
  for (const need of needs) asked.push({ ...need, verdict: await evaluate(statements, need, account) });
  const denied = asked.filter(({ verdict }) => !verdict.allowed);
  const problems = denied.map((need) => `${told(need)} is denied, but ${need.by} needs it`);
  for (const request of forbidden) {
    const { allowed, by } = await evaluate(statements, request, account);
    if (allowed) problems.push(`${names(statements, by)} ${told(request)} is allowed: ${request.why}`);
  }
  return [...problems, ...wildcards(statements), ...(await superfluousParts({ ...given, needs: asked }))];
}

function wildcards(statements: readonly Statement[]): string[] {
  return statements.flatMap((statement, index) =>
    [statement.Action ?? []]
      .flat()
      .flatMap((action) =>
        statement.Effect === "Allow" && action.includes("*")
          ? [`${names(statements, [index])} ${action}: name each action`]
          : [],
      ),
  );
}

function names(statements: readonly Statement[], indices: readonly number[]): string {
  return indices.map((index) => statements[index]?.Sid ?? `statement ${index}`).join(" and ");
}

function told({ action, resource, context }: Request): string {
  const words = Object.entries(context).map(([key, value]) => `${key}=${[value].flat().join(",")}`);
  return [action, "on", resource, ...(words.length > 0 ? ["with", ...words] : [])].join(" ");
}
