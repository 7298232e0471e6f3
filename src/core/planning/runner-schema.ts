import { options } from "./options.ts";
import type { Option, Rule } from "./options.ts";
import { namePattern, reservedNames } from "./runner-config/runner-name.ts";

/** JSON Schema (draft 2020-12) of `.github/runner.yml` for editors, as the table of options wants it. */
export function runnerSchema(): object {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Mayfly: .github/runner.yml",
    description: "Runners of a repository's own. Read from the default branch only.",
    type: ["object", "null"],
    additionalProperties: false,
    properties: {
      runners: {
        description: "Names to runners: `runs-on: mayfly/NAME`; `default` shapes plain `runs-on: mayfly`.",
        type: ["object", "null"],
        propertyNames: {
          pattern: insensitive(namePattern),
          not: { pattern: `^(?:${reservedNames.map(anyCase).join("|")})$` },
        },
        additionalProperties: { $ref: "#/$defs/runner" },
      },
    },
    $defs: { runner: runner() },
  };
}

function runner(): object {
  const entries: [string, Option][] = Object.entries(options);
  return {
    type: ["object", "null"],
    additionalProperties: false,
    properties: Object.fromEntries(
      entries.map(([key, { description, default: value, rule }]) => [
        key,
        { description, ...ruleSchema(rule), ...(value === undefined ? {} : { default: value }) },
      ]),
    ),
    // A key that means nothing where the runner's jobs are to run.
    allOf: options.execution.rule.values.map((execution) => ({
      anyOf: [
        { not: { required: ["execution"], properties: { execution: { const: execution } } } },
        {
          properties: Object.fromEntries(
            entries.filter(([, option]) => !option.executions.includes(execution)).map(([key]) => [key, false]),
          ),
        },
      ],
    })),
  };
}

function ruleSchema(rule: Rule): object {
  if (rule.type === "choice") return { enum: rule.values };
  const { pattern, fewest, most, example } = rule;
  const items = { type: "string", pattern: pattern.source, examples: [example] };
  return { type: "array", minItems: fewest, maxItems: most, items };
}

/** JSON Schema's patterns know no flags. */
function insensitive({ source, flags }: RegExp): string {
  return flags.includes("i") ? source.replaceAll("a-z", "A-Za-z") : source;
}

function anyCase(word: string): string {
  return word.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}
