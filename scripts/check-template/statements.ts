import type { Json, JsonObject, Template } from "../deployment/template.ts";
import { somePlace } from "./made-up-values.ts";
import type { Place } from "./made-up-values.ts";
import { resolveIntrinsics } from "./resolve-intrinsics.ts";

/** One statement of a policy, after a deployment. */
export type Statement = {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: Json;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: JsonObject;
};

export type FoundStatement = {
  /** Of the resource that it stands in. */
  readonly id: string;
  readonly type: string;
  /** `Policies`, `AssumeRolePolicyDocument`, `KeyPolicy`, … */
  readonly property: string;
  readonly statement: Statement;
};

/** Every statement of every policy of a packaged template, whoever's it is: roles', queues', keys', topics'. */
export function statementsOf(template: Template, place: Place = somePlace): FoundStatement[] {
  return Object.entries(template.Resources).flatMap(([id, { Type: type, Properties: properties = {} }]) =>
    Object.entries(properties).flatMap(([property, value]) =>
      documentsIn(value).flatMap((document) =>
        (resolveIntrinsics(template, [document.Statement ?? []].flat() as Json, place) as unknown as Statement[]).map(
          (statement) => ({ id, type, property, statement }),
        ),
      ),
    ),
  );
}

/** What one role allows and denies, by the policies that stand in it. */
export function roleStatements(template: Template, role: string, place: Place = somePlace): Statement[] {
  return statementsOf(template, place)
    .filter(({ id, property }) => id === role && property === "Policies")
    .map(({ statement }) => statement);
}

type Document = { readonly Statement?: Json };

function documentsIn(value: Json): Document[] {
  if (typeof value !== "object" || value === null) return [];
  if (Object.hasOwn(value, "Statement")) return [value as Document];
  return Object.values(value).flatMap((one: Json) => documentsIn(one));
}
