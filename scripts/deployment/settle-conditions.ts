import { callOf, isObject } from "./template.ts";
import type { Json, Resource, Template } from "./template.ts";

/** What `AWS::NoValue` leaves: nothing. */
const nothing = Symbol("nothing");
type Settled = Json | typeof nothing;

/** Tells whether the named condition holds; throws for an unknown one. */
type Holds = (name: Json | undefined) => boolean;

/**
 * The template with its conditions decided: resources, outputs and branches that are switched off are gone, and
 * parameters that only they used. What is packaged is then what is deployed, and checkers judge that and nothing else.
 * Throws when a condition depends on more than texts in it.
 */
export function settleConditions(template: Template): Template {
  const { Conditions: conditions = {}, Parameters: parameters = {}, ...rest } = template;
  const holds: Holds = (name) => {
    const condition = typeof name === "string" ? conditions[name] : undefined;
    if (condition === undefined) throw new Error(`The template has no condition ${JSON.stringify(name)}.`);
    return decide(condition, holds);
  };
  const kept = <One extends { readonly Condition?: Json }>(all: Readonly<Record<string, One>>): [string, One][] =>
    Object.entries(all).filter(([, one]) => one.Condition === undefined || holds(one.Condition));
  const resources = kept(template.Resources);
  const names = new Set(resources.map(([name]) => name));
  const settled: Template = {
    ...rest,
    Resources: Object.fromEntries(resources.map(([name, one]) => [name, settleResource(one, names, holds)])),
    Outputs: Object.fromEntries(kept(template.Outputs).map(([name, one]) => [name, settleOne(one, holds)])),
  };
  const text = JSON.stringify(settled);
  const used = Object.entries(parameters).filter(([name]) => text.includes(`{"Ref":"${name}"}`));
  return used.length === 0 ? settled : { ...settled, Parameters: Object.fromEntries(used) };
}

function settleResource(resource: Resource, names: ReadonlySet<string>, holds: Holds): Resource {
  const { DependsOn: on = [], ...settled } = settleOne(resource, holds);
  const dependsOn = [on].flat().filter((name) => names.has(name));
  return dependsOn.length === 0 ? settled : { ...settled, DependsOn: dependsOn };
}

/** A resource or an output that is kept. */
function settleOne<One extends object>(one: One, holds: Holds): One {
  const parts = Object.entries(one).filter(([key]) => key !== "Condition");
  return Object.fromEntries(parts.map(([key, part]: [string, Json]) => [key, settle(part, holds)])) as One;
}

function settle(value: Json, holds: Holds): Settled {
  const [name, argument] = callOf(value) ?? [];
  if (name === "Ref" && argument === "AWS::NoValue") return nothing;
  if (name === "Fn::If" && isList(argument)) {
    const [condition, then = null, otherwise = null] = argument;
    return settle(holds(condition) ? then : otherwise, holds);
  }
  if (isList(value)) return value.map((one) => settle(one, holds)).filter((one) => one !== nothing);
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([key, one]) => [key, settle(one, holds)] as const);
  return Object.fromEntries(members.filter((member): member is [string, Json] => member[1] !== nothing));
}

function decide(condition: Json, holds: Holds): boolean {
  const [name, argument] = callOf(condition) ?? [];
  const parts = isList(argument) ? argument : [];
  switch (name) {
    case "Condition":
      return holds(argument);
    case "Fn::Not":
      return !parts.every((part) => decide(part, holds));
    case "Fn::And":
      return parts.every((part) => decide(part, holds));
    case "Fn::Or":
      return parts.some((part) => decide(part, holds));
    case "Fn::Equals":
      // as CloudFormation compares them: by their text
      if (parts.every((part) => typeof part !== "object")) return String(parts[0]) === String(parts[1]);
  }
  throw new Error(`A condition of the template is more than texts can decide: ${JSON.stringify(condition)}`);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
