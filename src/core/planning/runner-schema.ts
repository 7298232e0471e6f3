import { options } from "./options.ts";
import type { Option } from "./options.ts";
import { ruleSchema } from "./rule-schema.ts";
import { runnerFile } from "./runner-config/runner-file.ts";
import { reservedNames } from "./runner-config/runner-name.ts";

/** JSON Schema (draft 2020-12) of `.github/runner.yml` for editors, as the table of options wants it. */
export function runnerSchema(): Record<string, unknown> {
  const schema = ruleSchema(runnerFile) as { readonly properties: { readonly runners: RunnersSchema } };
  const { runners, ...properties } = schema.properties;
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Mayfly: .github/runner.yml",
    description: "Runners of a repository's own. Read from the default branch only.",
    ...schema,
    properties: {
      runners: {
        ...runners,
        propertyNames: { ...runners.propertyNames, not: { pattern: `^(?:${reservedNames.map(anyCase).join("|")})$` } },
        additionalProperties: { $ref: "#/$defs/runner" },
      },
      ...properties,
    },
    $defs: { runner: runnerKeys(runners.additionalProperties) },
  };
}

type RunnersSchema = {
  readonly propertyNames: object;
  readonly additionalProperties: { readonly properties: Readonly<Record<string, object>> };
};

function runnerKeys(schema: RunnersSchema["additionalProperties"]): Record<string, unknown> {
  const { labels } = schema.properties;
  return {
    ...schema,
    properties: {
      ...schema.properties,
      labels: { ...labels, contains: { type: "string", pattern: `^${anyCase("self-hosted")}$` } },
    },
    allOf: executionSchemas(),
  };
}

/** Keys that mean nothing where the runner's jobs are to run, and numbers that are too large for it. */
export function executionSchemas(): object[] {
  const entries: [string, Option][] = Object.entries(options);
  return options.execution.rule.values.flatMap((execution) => {
    if (execution === "auto") return [];
    const properties = entries.flatMap(([key, { executions, most }]): [string, unknown][] => {
      if (!executions.includes(execution)) return [[key, false]];
      const limit = most?.[execution];
      return limit === undefined ? [] : [[key, { maximum: limit }]];
    });
    if (properties.length === 0) return [];
    const elsewhere = { not: { required: ["execution"], properties: { execution: { const: execution } } } };
    return [{ anyOf: [elsewhere, { properties: Object.fromEntries(properties) }] }];
  });
}

function anyCase(word: string): string {
  return word.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}
