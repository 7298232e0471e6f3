import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { yamlReader } from "../../../../src/adapters/yaml/yaml-reader.ts";
import { readPolicy } from "../../../../src/core/planning/policy/read-policy.ts";
import { openPolicy } from "../../../../src/core/planning/policy/policy.ts";
import type { Policy } from "../../../../src/core/planning/policy/policy.ts";
import { problemKinds } from "../../../../src/core/planning/runner-config/problem.ts";
import type { Problem } from "../../../../src/core/planning/runner-config/problem.ts";
import { readRunnerConfig } from "../../../../src/core/planning/runner-config/read-runner-config.ts";
import type { RunnerConfig } from "../../../../src/core/planning/runner-config/runner-config.ts";

/** `NAME.yml`, what it gives in `NAME.expected.json`, and the operator's policy in `NAME.policy.yml` where there is one. */
const folder = join(import.meta.dirname, "../../../fixtures/runner-yml");
const files = readdirSync(folder);
const names = files.filter((file) => /^[^.]+\.yml$/.test(file)).map((file) => file.slice(0, -".yml".length));
const yaml = yamlReader();

/** Positions were marked by hand; `message`: pieces of it, in their order. */
type Expected = {
  readonly problems: readonly (Omit<Problem, "path" | "message"> & { readonly message: readonly string[] })[];
  readonly config: unknown;
};

function policyOf(name: string): Policy {
  if (!files.includes(`${name}.policy.yml`)) return openPolicy;
  const { policy, problems } = readPolicy(readFileSync(join(folder, `${name}.policy.yml`), "utf8"), yaml);
  expect(problems).toEqual([]);
  if (policy === undefined) throw new Error("a policy without problems is read");
  return policy;
}

function summary(config: RunnerConfig | undefined): unknown {
  if (config === undefined) return null;
  const runners = [...config.runners.values()].map(({ name, values }) => [name, values] as const);
  return { runners: Object.fromEntries(runners), file: config.file };
}

const expectedOf = (name: string): Expected =>
  JSON.parse(readFileSync(join(folder, `${name}.expected.json`), "utf8")) as Expected;

test.each(names)("%s", (name) => {
  const { config, problems } = readRunnerConfig(
    readFileSync(join(folder, `${name}.yml`), "utf8"),
    yaml,
    policyOf(name),
  );
  const expected = expectedOf(name);
  const found = problems.map((problem, index) => {
    const { line, column, endLine, endColumn, severity, code, message } = problem;
    const pieces = expected.problems[index]?.message ?? [];
    const said = pieces.every((piece) => message.includes(piece)) ? pieces : message;
    return { line, column, endLine, endColumn, severity, code, message: said };
  });
  expect(found).toEqual(expected.problems);
  expect(summary(config)).toEqual(expected.config);
});

test("there are many of them, and every problem that the reader knows is among them", () => {
  expect(names.length).toBeGreaterThanOrEqual(60);
  const codes = new Set<string>(names.flatMap((name) => expectedOf(name).problems.map(({ code }) => code)));
  const reader = join(import.meta.dirname, "../../../../src/core/planning/runner-config");
  const sources = readdirSync(reader).filter((file) => file !== "problem.ts");
  const texts = sources.map((file) => readFileSync(join(reader, file), "utf8"));
  // The others are those of workflows; no key of this file has to be there.
  const given = Object.keys(problemKinds).filter(
    (code) => code !== "MF-CONFIG-MISSING" && texts.some((text) => text.includes(`"${code}"`)),
  );
  expect(given.length).toBeGreaterThan(15);
  expect(given.filter((code) => !codes.has(code))).toEqual([]);
});
