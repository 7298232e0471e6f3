import { writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";
import { policySchema } from "../src/core/planning/policy-schema.ts";
import { runnerSchema } from "../src/core/planning/runner-schema.ts";

const files = { "schema/runner.schema.json": runnerSchema, "schema/policy.schema.json": policySchema } as const;

/** The text of schema/runner.schema.json. */
export async function runnerSchemaText(): Promise<string> {
  return await schemaText("schema/runner.schema.json");
}

/** The text of one of the schemas. */
export async function schemaText(file: keyof typeof files): Promise<string> {
  return await format(JSON.stringify(files[file]()), { ...(await resolveConfig(file)), parser: "json" });
}

if (import.meta.main) {
  for (const file of Object.keys(files) as (keyof typeof files)[]) await writeFile(file, await schemaText(file));
}
