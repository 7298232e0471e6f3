import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { stringify } from "yaml";
import { yamlReader } from "../../../../src/adapters/yaml/yaml-reader.ts";
import { options } from "../../../../src/core/planning/options.ts";
import { readPolicy } from "../../../../src/core/planning/policy/read-policy.ts";
import type { Policy } from "../../../../src/core/planning/policy/policy.ts";
import { policyOptions } from "../../../../src/core/planning/policy-options.ts";
import { problemKinds } from "../../../../src/core/planning/runner-config/problem.ts";
import type { Problem } from "../../../../src/core/planning/runner-config/problem.ts";
import { readRunnerConfig } from "../../../../src/core/planning/runner-config/read-runner-config.ts";

const yaml = yamlReader();
const fixtures = join(import.meta.dirname, "../../../fixtures/runner-yml");
const seeded = { seed: 20_261_122 };

/** Texts of each kind; together at least 100,000. */
const runs = { characters: 20_000, pieces: 42_000, values: 8000, mutations: 26_000, policies: 5000 };

const strict = readPolicy(
  `executions: [lambda, ec2]
instance-types: [c7i.*]
maxima: {cpu: 2, memory-gb: 4, disk-gb: 30, timeout-minutes: 10}
max-runners: {repository: 1}
defaults: {arch: x64}
`,
  yaml,
).policy;

type Outcome = "used" | "used with warnings" | "refused";
const outcomes = new Map<string, number>();
const codes = new Map<string, number>();
let texts = 0;

function count(kind: string, problems: readonly Problem[]): Outcome {
  const isBroken = problems.some(({ severity }) => severity === "error");
  const outcome = isBroken ? "refused" : problems.length > 0 ? "used with warnings" : "used";
  outcomes.set(`${kind}: ${outcome}`, (outcomes.get(`${kind}: ${outcome}`) ?? 0) + 1);
  for (const code of new Set(problems.map((problem) => problem.code))) codes.set(code, (codes.get(code) ?? 0) + 1);
  texts += 1;
  return outcome;
}

function isOrdered(line: number, column: number, nextLine: number, nextColumn: number): boolean {
  return line < nextLine || (line === nextLine && column <= nextColumn);
}

/** Problems that are not placed in the text, not in order, or not said in one sentence. */
function unsound(text: string, problems: readonly Problem[]): Problem[] {
  const lines = text.split("\n");
  const isInText = (line: number, column: number): boolean =>
    line >= 1 && column >= 1 && column <= (lines[line - 1]?.length ?? -1) + 1;
  return problems.filter(({ code, severity, line, column, endLine, endColumn, message }, index) => {
    const before = problems[index - 1];
    const isPlaced = isInText(line, column) && isInText(endLine, endColumn);
    const inOrder = isOrdered(before?.line ?? 1, before?.column ?? 1, line, column);
    const endsBehind = isOrdered(line, column, endLine, endColumn);
    const isSaid = severity === problemKinds[code].severity && /^[^\n\r]+[.?]$/.test(message);
    return !isPlaced || !inOrder || !endsBehind || !isSaid;
  });
}

/** What holds for whatever text. Throws itself: a hundred thousand `expect` would take longer than the reading. */
function checkRunnerYml(kind: string, text: string, policy?: Policy): Outcome {
  const { config, problems } = readRunnerConfig(text, yaml, policy);
  const outcome = count(kind, problems);
  const names = [...(config?.runners.keys() ?? [])].filter((name) => !/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name));
  const values = [...(config?.runners.values() ?? [])].flatMap((one) => Object.entries(one.values));
  const strange = values.filter(([key, value]) => !Object.hasOwn(options, key) || value === undefined);
  const wrong = unsound(text, problems);
  if (
    wrong.length > 0 ||
    names.length > 0 ||
    strange.length > 0 ||
    (config === undefined) !== (outcome === "refused")
  ) {
    throw new Error(JSON.stringify({ text, wrong, names, strange, outcome }));
  }
  return outcome;
}

function checkPolicyYml(text: string): void {
  const { policy, problems } = readPolicy(text, yaml);
  const outcome = count("policies", problems);
  const wrong = unsound(text, problems);
  if (wrong.length > 0 || (policy === undefined) !== (outcome === "refused")) {
    throw new Error(JSON.stringify({ text, wrong, outcome }));
  }
}

const scalars = fc.oneof(
  fc.constantFrom(
    "ec2",
    "lambda",
    "microvm",
    "auto",
    "prefer",
    "never",
    "only",
    "x64",
    "arm64",
    "c7i.large",
    "__proto__",
  ),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.double(),
  fc.integer({ min: -2, max: 40 }),
  fc.boolean(),
  fc.constant(null),
);
const names = fc.oneof(
  fc.constantFrom("default", "build", "Build", "lambda", "__proto__"),
  fc.string({ maxLength: 8 }),
);
const values = fc.oneof(scalars, fc.array(scalars, { maxLength: 12 }), fc.dictionary(names, scalars, { maxKeys: 3 }));
const keys = fc.oneof(fc.constantFrom(...Object.keys(options), "sopt"), names);
const runners = fc.dictionary(keys, values, { maxKeys: 4 });
const files = fc.oneof(
  fc.record({ runners: fc.dictionary(names, fc.oneof({ weight: 5, arbitrary: runners }, values), { maxKeys: 4 }) }),
  fc.dictionary(fc.oneof(fc.constantFrom("runners", "max-runners", "report"), names), values, { maxKeys: 4 }),
);

/** Pieces that mean something in YAML or to Mayfly. */
const piece = fc.constantFrom(
  ..."runners: |build: |execution: |spot: |cpu: |labels: |instance-types: |ec2|never|c7i.large|\n|\n  |\n    |\r\n|\t|- |[|]|{|}|,|? |: |&a |*a|<<: |---\n|...|!!str |!x |'|\"|# |>\n|~|\uFEFF|%YAML 1.1\n|\0|😀|5|.5".split(
    "|",
  ),
  "|",
);
const pieces = fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(""));

/** Good and bad files as they are committed, the good ones more often; without the one that is only long. */
const committed = readdirSync(fixtures)
  .filter((file) => file.endsWith(".yml"))
  .flatMap((file) => (/^(?:good|warning)-/.test(file) ? [file, file, file, file, file, file] : [file]))
  .map((file) => readFileSync(join(fixtures, file), "utf8"))
  .filter((text) => text.length < 10_000);

const words = fc.constantFrom(
  ...Object.keys(options),
  ..."runners report ec2 lambda auto microvm x64 arm64 never only always self-hosted linux build c7i.large c7g.xlarge".split(
    " ",
  ),
  ..."c7i.10xlarge m7i.large deploy ubuntu 0 1 2 5 12 20 2.5 true null ~ .nan Build default".split(" "),
  "'5'",
);

/** A few cuts, repetitions, insertions and exchanged words in one of the texts, or in halves of two. */
function mutationsOf(sources: readonly string[]): fc.Arbitrary<string> {
  const text = fc.constantFrom(...sources);
  const cut = fc.record({ at: fc.nat(999), length: fc.nat(40), put: fc.oneof(piece, fc.constant(""), text) });
  const word = fc.record({ at: fc.nat(999), word: words });
  const start = fc.oneof({ weight: 9, arbitrary: text }, fc.tuple(text, text).map(halves));
  const edits = fc.array(fc.oneof({ weight: 1, arbitrary: cut }, { weight: 6, arbitrary: word }), {
    minLength: 1,
    maxLength: 3,
  });
  return fc.tuple(start, edits).map(([whole, some]) => {
    let mutated = whole;
    for (const edit of some) {
      if ("word" in edit) mutated = exchange(mutated, edit.at / 1000, edit.word);
      else {
        const at = Math.floor((edit.at / 1000) * mutated.length);
        mutated = mutated.slice(0, at) + edit.put.slice(0, 60) + mutated.slice(at + edit.length);
      }
    }
    return mutated;
  });
}

/** Another word instead of the one that begins behind this share of the text. */
function exchange(text: string, share: number, word: string): string {
  const places = [...text.matchAll(/[\w.'"-]+/g)];
  const found = places[Math.floor(share * places.length)];
  if (found === undefined) return text + word;
  return text.slice(0, found.index) + word + text.slice(found.index + found[0].length);
}

function halves([left, right]: [string, string]): string {
  return left.slice(0, left.length / 2) + right.slice(right.length / 2);
}

describe("whatever the text is, it is answered with positions in it", () => {
  test("any characters", () => {
    const property = fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
      checkRunnerYml("characters", text);
    });
    fc.assert(property, { ...seeded, numRuns: runs.characters });
  });

  test("pieces of YAML in any order", () => {
    const property = fc.property(pieces, (text) => void checkRunnerYml("pieces", text));
    fc.assert(property, { ...seeded, numRuns: runs.pieces });
  });

  test("any values, well written; some of them are good, some are not", () => {
    const found = { used: 0, "used with warnings": 0, refused: 0 };
    const property = fc.property(files, fc.boolean(), (file, hasPolicy) => {
      found[checkRunnerYml("values", stringify(file), hasPolicy ? strict : undefined)] += 1;
    });
    fc.assert(property, { ...seeded, numRuns: runs.values });
    expect(found.used).toBeGreaterThan(300);
    expect(found.refused).toBeGreaterThan(3000);
  });

  test("files as people write them, with slips of the hand", () => {
    const found = { used: 0, "used with warnings": 0, refused: 0 };
    const property = fc.property(mutationsOf(committed), fc.boolean(), (text, hasPolicy) => {
      found[checkRunnerYml("mutations", text, hasPolicy ? strict : undefined)] += 1;
    });
    fc.assert(property, { ...seeded, numRuns: runs.mutations });
    expect(found.used).toBeGreaterThan(1000);
    expect(found["used with warnings"]).toBeGreaterThan(100);
    expect(found.refused).toBeGreaterThan(5000);
  });

  test("policies with slips of the hand, and with any values", () => {
    const policies = readdirSync(fixtures)
      .filter((file) => file.endsWith(".policy.yml"))
      .map((file) => readFileSync(join(fixtures, file), "utf8"));
    const known = fc.oneof(fc.constantFrom(...Object.keys(policyOptions)), names);
    const written = fc.dictionary(known, values, { maxKeys: 4 }).map((file) => stringify(file));
    const property = fc.property(fc.oneof(mutationsOf(policies), written), checkPolicyYml);
    fc.assert(property, { ...seeded, numRuns: runs.policies });
  });
});

afterAll(() => {
  const lines = (counts: ReadonlyMap<string, number>): string =>
    [...counts]
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([what, number]) => `  ${String(number).padStart(6)}  ${what}`)
      .join("\n");
  console.log(`${texts} texts were read\n${lines(outcomes)}\nfiles with a problem of\n${lines(codes)}`);
});

test("they are a hundred thousand", () => {
  expect(texts).toBeGreaterThanOrEqual(100_000);
  // Whatever can be wrong with a file was met.
  expect(codes.size).toBeGreaterThanOrEqual(18);
});

test("what follows the table is read as it was written", () => {
  const { execution, spot, arch } = options;
  const number = fc.integer({ min: 1, max: 6 });
  const type = fc.constantFrom("c7i.large", "m7a.xlarge", "t3.micro", "u-6tb1.metal", "c7i.metal-24xl");
  const name = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,20}$/);
  const labels = fc.uniqueArray(fc.stringMatching(/^[a-z]{3,8}$/), { minLength: 4, maxLength: 6 });
  const anywhere = {
    cpu: number,
    "memory-gb": fc.constantFrom(0.5, 2, 7.25),
    arch: fc.constantFrom(...arch.rule.values),
  };
  const both = {
    "disk-gb": number,
    "timeout-minutes": number,
    image: name,
    role: name,
    subnets: name,
    priority: number,
  };
  const requiredKeys: [] = [];
  const ec2 = fc.record(
    {
      ...both,
      execution: fc.constantFrom("ec2", "auto"),
      spot: fc.constantFrom(...spot.rule.values),
      "instance-types": fc.uniqueArray(type, { minLength: 1 }),
      "max-runners": number,
      labels: labels.map((some) => ["self-hosted", ...some]),
    },
    { requiredKeys },
  );
  const other = fc.record(
    { ...both, ...anywhere, execution: fc.constantFrom(...execution.rule.values) },
    { requiredKeys },
  );
  const runner = name.filter((one) => !(execution.rule.values as readonly string[]).includes(one));
  const property = fc.property(fc.dictionary(runner, fc.oneof(ec2, other), { maxKeys: 4 }), (written) => {
    const { config, problems } = readRunnerConfig(stringify({ runners: written }), yaml);
    expect(problems).toEqual([]);
    const found = [...(config?.runners ?? [])].map(([key, one]) => [key, one.values]);
    expect(Object.fromEntries(found)).toEqual(written);
  });
  fc.assert(property, { ...seeded, numRuns: 800 });
});
