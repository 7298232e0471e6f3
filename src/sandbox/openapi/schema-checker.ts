import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import ajvFormats from "ajv-formats";
import type { Description, Schema } from "./description.ts";
import { jsonSchema } from "./json-schema.ts";

export type SchemaChecker = {
  /** What is wrong with `value`, one line each; `key` names the schema, which is compiled at its first use. */
  errors(key: string, schema: () => Schema, value: unknown): string[];
  /** The same for texts of a URL: `"12"` is an integer there. */
  textErrors(key: string, schema: () => Schema, value: Readonly<Record<string, string>>): string[];
};

/** GitHub's own formats; those of ajv-formats cover the rest. */
const FORMATS: Readonly<Record<string, RegExp>> = {
  "repo.nwo": /^[^/\s]+\/[^/\s]+$/,
  "ssh-key": /^(ssh|ecdsa|sk)-\S+ \S+/,
  timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/,
  "ip/cidr": /^[0-9a-f.:]+(\/\d+)?$/i,
};

/** Checks values against schemas of `description`. Compiles lazily: all of them together take seconds. */
export function schemaChecker(description: Description): SchemaChecker {
  const strict = compiler(description, false);
  const coercing = compiler(description, true);
  return {
    errors: (key, schema, value) => problems(strict(key, schema), plain(value)),
    textErrors: (key, schema, value) => problems(coercing(key, schema), { ...value }),
  };
}

function compiler(
  description: Description,
  coerceTypes: boolean,
): (key: string, schema: () => Schema) => ValidateFunction {
  // most schemas are used a few times only: to shorten their code takes longer than it saves
  const ajv = new Ajv({ code: { optimize: false }, strict: false, allErrors: true, coerceTypes, logger: false });
  ajvFormats.default(ajv);
  for (const [name, format] of Object.entries(FORMATS)) ajv.addFormat(name, format);
  const components = jsonSchema({ schemas: description.components["schemas"] });
  ajv.addSchema({ $id: "github", components }, "github");
  const compiled = new Map<string, ValidateFunction>();
  return (key, schema) => {
    const known = compiled.get(key);
    if (known !== undefined) return known;
    const check = ajv.compile(absolute(jsonSchema(schema())) as Schema);
    compiled.set(key, check);
    return check;
  };
}

/** References of a schema that stands outside of the description point into it. */
function absolute(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(absolute);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === "$ref" && typeof item === "string" ? `github${item}` : absolute(item),
    ]),
  );
}

/** Octokit reads ids above 2^53 as bigint; to the description they are integers like any other. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, plain(item)]),
  );
}

function problems(check: ValidateFunction, value: unknown): string[] {
  return check(value) ? [] : (check.errors ?? []).map(line);
}

function line({ instancePath, message, params }: ErrorObject): string {
  const facts = params as { additionalProperty?: string; allowedValues?: unknown[] };
  const more = facts.additionalProperty ?? (facts.allowedValues && JSON.stringify(facts.allowedValues));
  return `${instancePath === "" ? "/" : instancePath} ${message ?? "is wrong"}${more === undefined ? "" : `: ${more}`}`;
}
