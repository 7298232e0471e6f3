import { writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";
import { runnerSchema } from "../src/core/planning/runner-schema.ts";

const file = "schema/runner.schema.json";

/** The text of schema/runner.schema.json. */
export async function runnerSchemaText(): Promise<string> {
  return await format(JSON.stringify(runnerSchema()), { ...(await resolveConfig(file)), parser: "json" });
}

if (import.meta.main) await writeFile(file, await runnerSchemaText());
