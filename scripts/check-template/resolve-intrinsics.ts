import { callOf, isObject } from "../deployment/template.ts";
import type { Json, JsonObject, Template } from "../deployment/template.ts";
import { madeUpValue, somePlace } from "./made-up-values.ts";
import type { Place } from "./made-up-values.ts";

type Scope = {
  readonly template: Template;
  readonly place: Place;
  /** Variables of the nearest `Fn::Sub`. */
  readonly variables: JsonObject;
};

/**
 * A part of a packaged template as it is after a deployment: `Ref`, `Fn::GetAtt`, `Fn::Sub` and the like replaced by
 * made-up values that look like AWS's. Throws for a name that the template does not have.
 */
export function resolveIntrinsics(template: Template, value: Json, place: Place = somePlace): Json {
  return resolveValue({ template, place, variables: {} }, value);
}

function resolveValue(scope: Scope, value: Json): Json {
  const [name, argument] = callOf(value) ?? [];
  if (name !== undefined && argument !== undefined) {
    const call = functions[name];
    if (call === undefined) throw new Error(`${name} is not known here`);
    return call(scope, argument);
  }
  if (Array.isArray(value)) return value.map((one: Json) => resolveValue(scope, one));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolveValue(scope, one)]));
}

const functions: Readonly<Record<string, (scope: Scope, argument: Json) => Json>> = {
  Ref: (scope, name) => reference(scope, text(name)),
  "Fn::GetAtt": (scope, argument) => {
    const [id = "", attribute] = list(argument).map(text);
    return madeUpValue(scope.template, scope.place, id, attribute);
  },
  "Fn::Sub": substitute,
  "Fn::Join": (scope, argument) => {
    const [separator = "", parts = []] = list(argument);
    return list(resolveValue(scope, parts)).map(text).join(text(separator));
  },
  "Fn::Split": (scope, argument) => {
    const [separator = "", whole = ""] = list(argument);
    return text(resolveValue(scope, whole)).split(text(separator));
  },
  "Fn::Select": (scope, argument) => {
    const [index, choices = []] = list(argument);
    return list(resolveValue(scope, choices))[Number(index)] ?? null;
  },
  "Fn::GetAZs": ({ place }) => ["a", "b", "c"].map((zone) => `${place.region}${zone}`),
  "Fn::Cidr": (_scope, argument) =>
    Array.from({ length: Number(list(argument)[1]) }, (_, index) => `10.0.${16 * index}.0/20`),
};

function reference({ template, place, variables }: Scope, name: string): Json {
  const { account, region, stack } = place;
  const pseudo: JsonObject = {
    "AWS::AccountId": account,
    "AWS::Region": region,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": stack,
  };
  const known = variables[name] ?? pseudo[name];
  if (known !== undefined) return known;
  // both are AMIs
  if (template.Parameters?.[name] !== undefined) return `ami-${"0".repeat(16)}1`;
  return madeUpValue(template, place, name);
}

function substitute(scope: Scope, argument: Json): string {
  const [format, variables = {}] = typeof argument === "string" ? [argument] : list(argument);
  const inner = { ...scope, variables: isObject(variables) ? (resolveValue(scope, variables) as JsonObject) : {} };
  return text(format ?? "").replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    if (literal !== "") return `\${${name}}`;
    const [id = "", attribute] = name.split(".");
    return attribute === undefined
      ? text(reference(inner, id))
      : madeUpValue(scope.template, scope.place, id, attribute);
  });
}

function list(value: Json): readonly Json[] {
  if (!Array.isArray(value)) throw new Error(`a list was expected: ${JSON.stringify(value)}`);
  return value as readonly Json[];
}

function text(value: Json): string {
  if (typeof value === "object") throw new Error(`a text was expected: ${JSON.stringify(value)}`);
  return String(value);
}
