import { writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";
import { options } from "../src/core/planning/options.ts";
import type { Option, Rule } from "../src/core/planning/options.ts";
import { problemKinds } from "../src/core/planning/runner-config/problem.ts";

const file = "docs/runner-yml.md";

/** The example of the page; a test reads it as Mayfly does. */
export const exampleFile = `runners:
  lint: # runs-on: mayfly/lint
    execution: lambda
  build: # runs-on: mayfly/build
    execution: ec2
    instance-types: [c7i.xlarge, c7a.xlarge]
    spot: prefer
`;

/** docs/runner-yml.md as the table of options wants it. */
export async function runnerYmlPage(): Promise<string> {
  const text = [
    "# `.github/runner.yml`",
    "No file is needed: `runs-on: mayfly`, `mayfly/lambda` and `mayfly/ec2` work without one. The file names runners of",
    "a repository's own and shapes them:",
    "",
    "```yaml",
    exampleFile.trimEnd(),
    "```",
    "",
    "It is read from the default branch only, so a pull request cannot change what its own jobs get. Upper and lower case",
    "do not matter in labels. `lambda`, `ec2` and `microvm` are runners of their own and cannot be redefined; a runner",
    "`default` shapes plain `runs-on: mayfly`. What a runner leaves open is as the operator set it.",
    "",
    "## Keys of a runner",
    ...Object.entries(options).flatMap(([key, option]) => section(key, option)),
    "## When something is wrong",
    "Every problem is named at once, with the place where it begins and ends. With an error the whole file is not used: a job that names a",
    "runner of it is refused and says why, plain `mayfly` runs as the operator set it and says so.",
    "",
    "| Code | Severity | Meaning |",
    "| --- | --- | --- |",
    ...Object.entries(problemKinds).map(([code, { severity, meaning }]) => `| ${code} | ${severity} | ${meaning} |`),
    "",
    "`npx mayfly lint [FILES or DIR]`, inside a clone of Mayfly, checks files before they are pushed: exit 1 on errors;",
    "`--format json`, `sarif` (code scanning) or `github` (annotations of the job that runs it) instead of lines for people.",
    "",
    "Editors complete and check the file by its [JSON Schema](../schema/runner.schema.json); those with the YAML language",
    "server want its address in the first line: `# yaml-language-server: $schema=…/schema/runner.schema.json`. `npx mayfly schema` prints it.",
    "",
    "The file is YAML 1.2, at most 64 KiB, one document; anchors and merge keys (`<<`) work within it. No value is",
    "converted: `spot: true` is an error, not a guess.",
    "",
    "This page is written by `node scripts/docs-runner-yml.ts` from `src/core/planning/options.ts`.",
  ].join("\n");
  return await format(text, { ...(await resolveConfig(file)), parser: "markdown" });
}

function section(key: string, option: Option): string[] {
  const { description, executions, rule } = option;
  return [
    `### \`${key}\``,
    "",
    description,
    "",
    `- **Value:** ${valueText(rule)}`,
    `- **Default:** ${option.default === undefined ? "as the operator set it" : `\`${option.default}\``}`,
    `- **For:** ${quoted(executions)}`,
    "",
  ];
}

function valueText(rule: Rule): string {
  if (rule.type === "list") {
    return `a list of ${rule.fewest} to ${rule.most}, each ${rule.what} such as \`${rule.example}\``;
  }
  const later = rule.later === undefined ? "" : `; not yet: ${quoted(rule.later)}`;
  return `one of ${quoted(rule.values)}${later}`;
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(", ");
}

if (import.meta.main) await writeFile(file, await runnerYmlPage());
