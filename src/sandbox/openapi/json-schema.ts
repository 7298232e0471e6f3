import type { Schema } from "./description.ts";

/** Keywords whose value maps names to schemas: the names in them are no keywords. */
const MAPS = new Set(["properties", "schemas"]);

/**
 * Turns OpenAPI 3.0.3 into JSON Schema. Ajv knows `nullable`, but only beside `type`, and it then still holds the
 * null against an `enum`; OpenAPI means both to allow it. `discriminator` only points a parser to a branch of `oneOf`.
 */
export function jsonSchema(value: unknown, keysAreNames = false): unknown {
  if (Array.isArray(value)) return value.map((item) => jsonSchema(item));
  if (typeof value !== "object" || value === null) return value;
  const translated = Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => keysAreNames || (key !== "nullable" && key !== "discriminator" && !key.startsWith("x-")))
      .map(([key, item]) => [key, jsonSchema(item, !keysAreNames && MAPS.has(key))]),
  );
  const nullable = !keysAreNames && "nullable" in value && value.nullable === true;
  return nullable ? { anyOf: [{ type: "null" }, translated] } : translated;
}

/**
 * The same schema with every object closed that lists its properties, through references too. GitHub ignores what it
 * does not know, so a misspelt field would go unnoticed without this.
 */
export function closed(schema: Schema, follow: (pointer: string) => Schema): Schema {
  const pointer = schema["$ref"];
  if (typeof pointer === "string") return closed(follow(pointer), follow);
  const result: Record<string, unknown> = { ...schema };
  const properties = schema["properties"];
  if (typeof properties === "object" && properties !== null) {
    result["properties"] = Object.fromEntries(
      Object.entries(properties as Record<string, Schema>).map(([name, item]) => [name, closed(item, follow)]),
    );
    result["additionalProperties"] ??= false;
  }
  const items = schema["items"];
  if (typeof items === "object" && items !== null) result["items"] = closed(items as Schema, follow);
  return result;
}
