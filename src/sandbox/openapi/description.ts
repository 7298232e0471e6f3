import { readFileSync } from "node:fs";

/** A schema of OpenAPI 3.0.3 (`nullable`, `$ref` into `#/components`). */
export type Schema = { readonly [keyword: string]: unknown };

export type Parameter = {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: Schema;
  /** GitHub's extension: the value may hold slashes. */
  readonly "x-multi-segment"?: boolean;
};

export type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export type OperationDescription = {
  readonly operationId: string;
  readonly parameters?: readonly (Parameter | Reference)[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content } | Reference>>;
};

export type Reference = { readonly $ref: string };

/** The committed slice of GitHub's OpenAPI description. */
export type Description = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationDescription>>>>;
  readonly "x-webhooks": Readonly<
    Record<string, { readonly post: { readonly requestBody: { readonly content: Content } } }>
  >;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** Reads github.json beside this file, as scripts/openapi-slice.ts wrote it. */
export function readDescription(): Description {
  return JSON.parse(readFileSync(new URL("github.json", import.meta.url), "utf8")) as Description;
}

/** `value`, or what its `$ref` points to. */
export function resolve<T extends object>(description: Description, value: T | Reference): T {
  if (!("$ref" in value)) return value;
  const [, , kind = "", name = ""] = value.$ref.split("/");
  const found = description.components[kind]?.[name];
  if (found === undefined) throw new Error(`dangling reference ${value.$ref}`);
  return found as T;
}
