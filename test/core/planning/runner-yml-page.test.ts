import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { policyExampleFile, policyYmlPage } from "../../../scripts/docs-policy-yml.ts";
import { exampleFile, runnerYmlPage } from "../../../scripts/docs-runner-yml.ts";
import { inheritanceExamples } from "../../../scripts/inheritance-examples.ts";
import { yamlReader } from "../../../src/adapters/yaml/yaml-reader.ts";
import { fileOptions, labelKeys, options } from "../../../src/core/planning/options.ts";
import type { Option } from "../../../src/core/planning/options.ts";
import { readPolicy } from "../../../src/core/planning/policy/read-policy.ts";
import { policyOptions } from "../../../src/core/planning/policy-options.ts";
import { problemKinds } from "../../../src/core/planning/runner-config/problem.ts";
import { readRunnerConfig } from "../../../src/core/planning/runner-config/read-runner-config.ts";

const root = join(import.meta.dirname, "../../..");
const textOf = (path: string): string => readFileSync(join(root, path), "utf8");
const page = textOf("docs/runner-yml.md");
const policyPage = textOf("docs/policy-yml.md");

/** What follows a heading, up to the next one. */
function sectionOf(text: string, heading: string): string {
  const from = text.indexOf(`\n${heading}\n`) + 1;
  return text.slice(from, text.indexOf("\n#", from + 1));
}

describe("docs/runner-yml.md", () => {
  test("says what the table says; `node scripts/docs-runner-yml.ts` writes it", async () => {
    expect(page).toBe(await runnerYmlPage());
  });

  test.each(Object.entries<Option>(options))(
    "has %s with unit, default, executions, limits and labels",
    (key, option) => {
      const section = sectionOf(page, `### \`${key}\``);
      expect(section).toContain(option.description);
      expect(section).toContain(option.unit === undefined ? "" : `- **Unit:** ${option.unit}`);
      expect(section).toMatch(option.default === undefined ? /\*\*Default:\*\* none/ : option.default);
      for (const execution of option.executions) expect(section).toContain(`\`${execution}\``);
      for (const most of Object.values(option.most ?? {})) expect(section).toContain(`at most ${most} on`);
      expect(section).toContain(option.inLabels ? `\`mayfly/NAME/${key}=…\`` : "- **In a label:** no");
    },
  );

  test.each(Object.keys(fileOptions))("has %s of the file", (key) => {
    expect(page).toContain(`### \`${key}\` of the file`);
  });

  test("its example is a file without problems that uses every key", () => {
    const { config, problems } = readRunnerConfig(exampleFile, yamlReader());
    expect(problems).toEqual([]);
    expect([...(config?.runners.keys() ?? [])]).toEqual(["default", "lint", "test", "build"]);
    for (const key of [...Object.keys(options), ...Object.keys(fileOptions)]) expect(exampleFile).toContain(`${key}:`);
    expect(page).toContain(exampleFile.trimEnd());
  });

  test("has the examples of inheritance that another test works out", () => {
    for (const { title, repository, organisation, policy, result } of inheritanceExamples) {
      expect(page).toContain(`### Example: ${title}`);
      for (const text of [repository, organisation, policy, result]) expect(page).toContain(text.trimEnd());
    }
  });

  test.each(Object.entries(problemKinds))("has %s", (code, { severity, meaning }) => {
    const row = page.split("\n").find((line) => line.startsWith(`| ${code} `));
    expect(row?.split("|").map((cell) => cell.trim())).toEqual(["", code, severity, meaning, ""]);
  });
});

describe("docs/policy-yml.md", () => {
  test("says what the table says; `node scripts/docs-policy-yml.ts` writes it", async () => {
    expect(policyPage).toBe(await policyYmlPage());
  });

  test.each(Object.entries(policyOptions))("has %s", (key, { description }) => {
    expect(sectionOf(policyPage, `### \`${key}\``)).toContain(description);
  });

  test("its example is a file without problems that uses every key", () => {
    const example = textOf(policyExampleFile);
    const { policy, problems } = readPolicy(example, yamlReader());
    expect(problems).toEqual([]);
    expect(policy).toBeDefined();
    for (const key of Object.keys(policyOptions)) expect(example).toMatch(new RegExp(`^${key}:`, "m"));
    expect(policyPage).toContain(example.trimEnd());
    for (const key of policy?.labelOverrides ?? []) expect(labelKeys).toContain(key);
  });
});

describe("problems", () => {
  const folder = join(root, "src/core/planning");
  const texts = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith("/problem.ts"))
    .map((file) => readFileSync(join(folder, file), "utf8"));

  test.each(Object.keys(problemKinds))("%s is given somewhere", (code) => {
    expect(texts.some((text) => text.includes(`"${code}"`))).toBe(true);
  });
});

describe("the table", () => {
  test.each(Object.entries<Option>(options))("%s is complete and agrees with itself", (_, option) => {
    const { rule, description, executions, most } = option;
    expect(description).toMatch(/\.$/);
    expect(executions.length).toBeGreaterThan(0);
    expect(executions).toEqual(expect.arrayContaining(Object.keys(most ?? {})));
    if (rule.type === "list") expect(rule.example).toMatch(rule.pattern);
    if (rule.type === "choice") {
      expect(new Set(rule.values).size).toBe(rule.values.length);
      if (option.default !== undefined) expect(rule.values).toContain(option.default);
    }
  });
});
