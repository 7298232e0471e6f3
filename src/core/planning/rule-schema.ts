import type { NumberRule } from "./options.ts";
import type { FileKey, FileRule, ItemsRule, KeysRule, NamesRule } from "./runner-config/file-rule.ts";
import { namePattern } from "./runner-config/runner-name.ts";

/** JSON Schema (draft 2020-12) of what a rule allows. */
export function ruleSchema(rule: FileRule): Record<string, unknown> {
  switch (rule.type) {
    case "choice":
      return { type: "string", enum: rule.values };
    case "number":
      return numberSchema(rule);
    case "list": {
      const { pattern, fewest, most, example } = rule;
      const items = { type: "string", pattern: pattern.source, examples: [example] };
      return { type: "array", minItems: fewest, maxItems: most, items };
    }
    case "name":
      return { type: "string", pattern: insensitive(namePattern) };
    case "text":
      return { type: "string", pattern: rule.pattern.source, examples: [rule.example] };
    case "items":
      return itemsSchema(rule);
    case "names":
      return namesSchema(rule);
    default:
      return keysSchema(rule);
  }
}

function numberSchema(rule: NumberRule): Record<string, unknown> {
  if (!rule.whole) return { type: "number", exclusiveMinimum: 0 };
  return { type: "integer", minimum: rule.least, ...(rule.most === undefined ? {} : { maximum: rule.most }) };
}

function itemsSchema({ of, fewest, most }: ItemsRule): Record<string, unknown> {
  return { type: "array", minItems: fewest, maxItems: most, items: ruleSchema(of) };
}

function namesSchema({ of }: NamesRule): Record<string, unknown> {
  return {
    type: ["object", "null"],
    propertyNames: { pattern: insensitive(namePattern) },
    additionalProperties: ruleSchema(of),
  };
}

function keysSchema({ keys, anyOf }: KeysRule): Record<string, unknown> {
  const required = Object.keys(keys).filter((key) => keys[key]?.required === true);
  const needs = required.length > 0 || anyOf !== undefined;
  return {
    // An empty value is an empty mapping.
    type: needs ? "object" : ["object", "null"],
    additionalProperties: false,
    properties: Object.fromEntries(Object.entries(keys).map(([key, one]) => [key, keySchema(one)])),
    ...(required.length > 0 ? { required } : {}),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map((key) => ({ required: [key] })) }),
  };
}

function keySchema(key: FileKey): Record<string, unknown> {
  const { description, unit, rule } = key;
  const sentences = [
    description,
    ...(unit === undefined ? [] : [`Unit: ${unit}.`]),
    ...(key.default === undefined ? [] : [`Default: ${key.default}.`]),
  ];
  return { description: sentences.join(" "), ...ruleSchema(rule), ...defaultOf(key) };
}

/** The default as a value, where it is one. */
function defaultOf({ rule, default: text }: FileKey): Record<string, unknown> {
  if (rule.type === "choice" && text !== undefined && rule.values.includes(text)) return { default: text };
  return rule.type === "number" && text !== undefined && /^\d+$/.test(text) ? { default: Number(text) } : {};
}

/** JSON Schema's patterns know no flags. */
function insensitive({ source, flags }: RegExp): string {
  return flags.includes("i") ? source.replaceAll("a-z", "A-Za-z") : source;
}
