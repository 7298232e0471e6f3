import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { stringify } from "yaml";
import { yamlReader } from "../../../../src/adapters/yaml/yaml-reader.ts";
import { options } from "../../../../src/core/planning/options.ts";
import { problemKinds } from "../../../../src/core/planning/runner-config/problem.ts";
import { readRunnerConfig } from "../../../../src/core/planning/runner-config/read-runner-config.ts";

const yaml = yamlReader();
const keys = Object.keys(options);

function isOrdered(line: number, column: number, nextLine: number, nextColumn: number): boolean {
  return line < nextLine || (line === nextLine && column <= nextColumn);
}

/** What holds for whatever text; gives the number of errors. One `expect` a text: thousands of them take their time. */
function expectSound(text: string): number {
  const { config, problems } = readRunnerConfig(text, yaml);
  const lines = text.split("\n");
  const isInText = (line: number, column: number): boolean =>
    line >= 1 && column >= 1 && column <= (lines[line - 1]?.length ?? -1) + 1;
  const unsound = problems.filter(({ code, severity, line, column, endLine, endColumn, message }, index) => {
    const before = problems[index - 1];
    const isPlaced = isInText(line, column) && isInText(endLine, endColumn);
    const inOrder = isOrdered(before?.line ?? 1, before?.column ?? 1, line, column);
    const endsBehind = isOrdered(line, column, endLine, endColumn);
    const isSaid = severity === problemKinds[code].severity && /^[^\n\r]+[.?]$/.test(message);
    return !isPlaced || !inOrder || !endsBehind || !isSaid;
  });
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const names = [...(config?.runners.keys() ?? [])].filter((name) => !/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name));
  expect({ unsound, names, used: config !== undefined }).toEqual({ unsound: [], names: [], used: errors === 0 });
  return errors;
}

const scalars = fc.oneof(
  fc.constantFrom("ec2", "lambda", "microvm", "auto", "prefer", "never", "only", "c7i.large", "__proto__"),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const names = fc.oneof(
  fc.constantFrom("default", "build", "Build", "lambda", "__proto__"),
  fc.string({ maxLength: 8 }),
);
const values = fc.oneof(scalars, fc.array(scalars, { maxLength: 12 }), fc.dictionary(names, scalars, { maxKeys: 3 }));
const runners = fc.dictionary(fc.oneof(fc.constantFrom(...keys, "sopt"), names), values, { maxKeys: 4 });
const files = fc.oneof(
  fc.record({ runners: fc.dictionary(names, fc.oneof({ weight: 5, arbitrary: runners }, values), { maxKeys: 4 }) }),
  fc.dictionary(fc.oneof(fc.constant("runners"), names), values),
);

/** Pieces that mean something in YAML, in any order. */
const pieces = fc
  .array(
    fc.constantFrom(
      ..."runners: |build: |execution: |spot: |instance-types: |ec2|never|c7i.large|\n|\n  |\n    |\r\n|\t|- |[|]|{|}|,|? |: |&a |*a|<<: |---\n|...|!!str |!x |'|\"|# |>\n|~|\uFEFF|%YAML 1.1\n|\0|😀".split(
        "|",
      ),
      "|",
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

const seeded = { seed: 20_261_122 };

describe("whatever the text is, it is answered with positions in it", () => {
  test("any characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => void expectSound(text)),
      {
        ...seeded,
        numRuns: 800,
      },
    );
  });

  test("pieces of YAML in any order", () => {
    fc.assert(
      fc.property(pieces, (text) => void expectSound(text)),
      { ...seeded, numRuns: 2000 },
    );
  });

  test("any values, well written; some of them are good, some are not", () => {
    let good = 0;
    let bad = 0;
    const property = fc.property(files, (file) => {
      if (expectSound(stringify(file)) === 0) good += 1;
      else bad += 1;
    });
    fc.assert(property, { ...seeded, numRuns: 800 });
    expect(good).toBeGreaterThan(20);
    expect(bad).toBeGreaterThan(200);
  });

  test("a file with a piece cut out", () => {
    const text = stringify({ runners: { build: { execution: "ec2", spot: "only", "instance-types": ["c7i.large"] } } });
    const cuts = fc.tuple(fc.nat(text.length), fc.nat(text.length));
    fc.assert(
      fc.property(cuts, ([from, to]) => void expectSound(text.slice(0, from) + text.slice(to))),
      { ...seeded, numRuns: 500 },
    );
  });
});

test("what follows the table is read as it was written", () => {
  const { execution, spot } = options;
  const type = fc.constantFrom("c7i.large", "m7a.xlarge", "t3.micro", "u-6tb1.metal", "c7i.metal-24xl");
  const ec2 = fc.record(
    {
      execution: fc.constantFrom("ec2"),
      spot: fc.constantFrom(...spot.rule.values),
      "instance-types": fc.uniqueArray(type, { minLength: 1 }),
    },
    { requiredKeys: [] },
  );
  const other = fc.record({ execution: fc.constantFrom(...execution.rule.values) });
  const name = fc
    .stringMatching(/^[a-z][a-z0-9_.-]{0,20}$/)
    .filter((one) => !(execution.rule.values as readonly string[]).includes(one));
  const property = fc.property(fc.dictionary(name, fc.oneof(ec2, other)), (written) => {
    const { config, problems } = readRunnerConfig(stringify({ runners: written }), yaml);
    expect(problems).toEqual([]);
    const found = [...(config?.runners ?? [])].map(([key, { execution: where, spec }]) => [
      key,
      { execution: where, spot: spec.spot, "instance-types": spec.instanceTypes },
    ]);
    expect(Object.fromEntries(found)).toEqual(written);
  });
  fc.assert(property, { ...seeded, numRuns: 500 });
});
