import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { exampleFile, runnerYmlPage } from "../../../scripts/docs-runner-yml.ts";
import { yamlReader } from "../../../src/adapters/yaml/yaml-reader.ts";
import { options } from "../../../src/core/planning/options.ts";
import type { Option } from "../../../src/core/planning/options.ts";
import { problemKinds } from "../../../src/core/planning/runner-config/problem.ts";
import { readRunnerConfig } from "../../../src/core/planning/runner-config/read-runner-config.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/runner-yml.md"), "utf8");
const sources = ["check-value", "read-runner", "read-runner-config"].map((name) =>
  readFileSync(join(import.meta.dirname, `../../../src/core/planning/runner-config/${name}.ts`), "utf8"),
);

describe("docs/runner-yml.md", () => {
  test("says what the table says; `node scripts/docs-runner-yml.ts` writes it", async () => {
    expect(page).toBe(await runnerYmlPage());
  });

  test.each(Object.keys(options))("has %s", (key) => {
    expect(page).toContain(`### \`${key}\``);
  });

  test("its example is a file without problems that uses every key", () => {
    const { config, problems } = readRunnerConfig(exampleFile, yamlReader());
    expect(problems).toEqual([]);
    expect([...(config?.runners.keys() ?? [])]).toEqual(["lint", "build"]);
    for (const key of Object.keys(options)) expect(exampleFile).toContain(`${key}:`);
    expect(page).toContain(exampleFile.trimEnd());
  });
});

test.each(Object.keys(problemKinds))("%s is given somewhere", (code) => {
  expect(sources.some((text) => text.includes(`"${code}"`))).toBe(true);
});

describe("the table", () => {
  test.each(Object.entries<Option>(options))("%s is complete and agrees with itself", (_, option) => {
    expect(option.description).toMatch(/\.$/);
    expect(option.executions.length).toBeGreaterThan(0);
    if (option.rule.type === "list") expect(option.rule.example).toMatch(option.rule.pattern);
    if (option.rule.type === "choice") {
      const { values, later = [] } = option.rule;
      expect(new Set([...values, ...later]).size).toBe(values.length + later.length);
      if (option.default !== undefined) expect(values).toContain(option.default);
    }
  });
});
