export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

export type Resource = {
  readonly Type: string;
  readonly Properties?: JsonObject;
  readonly Condition?: string;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
};

/** A template of CloudFormation, as far as something here reads it. */
export type Template = {
  readonly Conditions?: JsonObject;
  readonly Parameters?: Readonly<Record<string, JsonObject>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, JsonObject>>;
};

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The function's name and its argument when the value is a call of one, such as `Ref` or `Fn::Sub`. */
export function callOf(value: Json): readonly [name: string, argument: Json] | undefined {
  if (!isObject(value)) return undefined;
  const [only, ...others] = Object.entries(value);
  if (only === undefined || others.length > 0) return undefined;
  return only[0] === "Ref" || only[0] === "Condition" || only[0].startsWith("Fn::") ? only : undefined;
}
