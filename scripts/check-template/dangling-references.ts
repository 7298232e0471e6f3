import type { Json, Template } from "../deployment/template.ts";
import { resolveIntrinsics } from "./resolve-intrinsics.ts";

/** What a packaged template's resources and outputs refer to and it does not have, each with where that is. */
export function danglingReferences(template: Template): string[] {
  const parts = [...Object.entries(template.Resources), ...Object.entries(template.Outputs)];
  return parts.flatMap(([name, part]) => {
    const { DependsOn: on = [], Condition: condition } = part as { DependsOn?: string | string[]; Condition?: string };
    const before = [on].flat().filter((one) => !Object.hasOwn(template.Resources, one));
    return [
      ...unresolved(template, part as Json),
      ...before.map((one) => `depends on ${one}`),
      ...(condition === undefined ? [] : [`is under the condition ${condition}`]),
    ].map((problem) => `${name}: ${problem}`);
  });
}

function unresolved(template: Template, part: Json): string[] {
  try {
    resolveIntrinsics(template, part);
    return [];
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return [error.message];
  }
}
