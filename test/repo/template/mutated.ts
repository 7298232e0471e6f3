import type { Packaged } from "../../../scripts/check-template/packaged.ts";
import { packaged } from "../../../scripts/check-template/packaged.ts";
import type { Template } from "../../../scripts/deployment/template.ts";

export type LooseStatement = {
  Sid?: string;
  Effect: string;
  Action?: string | string[];
  NotAction?: string[];
  Resource?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
};

type LooseProperties = Record<string, unknown>;
export type LooseTemplate = {
  Conditions?: unknown;
  Resources: Record<
    string,
    { Type: string; Properties: LooseProperties; DeletionPolicy?: string; UpdateReplacePolicy?: string }
  >;
};

/** The same package with a mistake in its template. */
export function mutated(one: Packaged, change: (template: LooseTemplate) => void): Packaged {
  const template = structuredClone(one.template) as unknown as LooseTemplate;
  const before = JSON.stringify(template);
  change(template);
  if (JSON.stringify(template) === before) throw new Error("the mistake changed nothing");
  return packaged(template as unknown as Template, one.place, one.given);
}

/** Properties of a resource, to be changed. */
export function propertiesIn(template: LooseTemplate, id: string): LooseProperties {
  const resource = template.Resources[id];
  if (resource === undefined) throw new Error(`there is no ${id}`);
  return resource.Properties;
}

/** The statements of a role's first policy, of a queue's, a key's, to be changed. */
export function statementsIn(template: LooseTemplate, id: string): LooseStatement[] {
  const {
    Policies: policies,
    PolicyDocument: document,
    KeyPolicy: key,
  } = propertiesIn(template, id) as {
    readonly Policies?: readonly { readonly PolicyDocument: { readonly Statement: LooseStatement[] } }[];
    readonly PolicyDocument?: { readonly Statement: LooseStatement[] };
    readonly KeyPolicy?: { readonly Statement: LooseStatement[] };
  };
  const found = (policies?.[0]?.PolicyDocument ?? document ?? key)?.Statement;
  if (found === undefined) throw new Error(`${id} has no policy`);
  return found;
}

/** A statement of a resource, wherever in it, to be changed. */
export function statementIn(template: LooseTemplate, id: string, sid: string): LooseStatement {
  const found = statementsUnder(propertiesIn(template, id)).find(({ Sid }) => Sid === sid);
  if (found === undefined) throw new Error(`${id} has no statement ${sid}`);
  return found;
}

/** Takes a statement out of a role. */
export function removeStatement(template: LooseTemplate, role: string, sid: string): void {
  for (const { PolicyDocument: document } of propertiesIn(template, role)["Policies"] as {
    readonly PolicyDocument: { Statement: LooseStatement[] };
  }[]) {
    document.Statement = document.Statement.filter(({ Sid }) => Sid !== sid);
  }
}

function statementsUnder(value: unknown): LooseStatement[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "Statement" in value && Array.isArray(value.Statement) ? (value.Statement as LooseStatement[]) : [];
  return [...own, ...Object.values(value).flatMap((one: unknown) => statementsUnder(one))];
}
