import type { Packaged } from "../packaged.ts";
import { roleStatements, statementsOf } from "../statements.ts";
import type { Statement } from "../statements.ts";

/** What a role allows and denies: its inline policies and those of the template that are attached to it. */
export function rolePolicies(one: Packaged, role: string): Statement[] {
  const { ManagedPolicyArns: arns = [] } = one.properties(role) as { readonly ManagedPolicyArns?: readonly string[] };
  const attached = arns.flatMap((arn) => {
    const id = one.idOf("AWS::IAM::ManagedPolicy", arn);
    if (id === undefined) throw new Error(`${role} has ${arn}, which is not in the template: nobody can judge it`);
    return statementsOf(one.template, one.place).filter((found) => found.id === id);
  });
  return [...roleStatements(one.template, role, one.place), ...attached.map(({ statement }) => statement)];
}
