import { policyFile } from "./policy-options.ts";
import { ruleSchema } from "./rule-schema.ts";
import { executionSchemas } from "./runner-schema.ts";

/** JSON Schema (draft 2020-12) of the operator's `policy.yml` for editors, as the table of its keys wants it. */
export function policySchema(): Record<string, unknown> {
  const schema = ruleSchema(policyFile) as { readonly properties: Readonly<Record<string, object>> };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Mayfly: policy.yml",
    description: "Who may use Mayfly, and for what: the operator's policy.",
    ...schema,
    properties: { ...schema.properties, defaults: { ...schema.properties["defaults"], allOf: executionSchemas() } },
  };
}
