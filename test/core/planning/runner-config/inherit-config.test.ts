import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { parse } from "yaml";
import { inheritanceExamples } from "../../../../scripts/inheritance-examples.ts";
import { yamlReader } from "../../../../src/adapters/yaml/yaml-reader.ts";
import type { OptionKey, OptionValues } from "../../../../src/core/planning/options.ts";
import type { Policy } from "../../../../src/core/planning/policy/policy.ts";
import { defaultPolicy, readPolicy } from "../../../../src/core/planning/policy/read-policy.ts";
import { inheritConfig, inheritValues } from "../../../../src/core/planning/runner-config/inherit-config.ts";
import { whyImpossible } from "../../../../src/core/planning/runner-config/possible.ts";
import { readRunnerConfig } from "../../../../src/core/planning/runner-config/read-runner-config.ts";
import type { RunnerConfig } from "../../../../src/core/planning/runner-config/runner-config.ts";

const yaml = yamlReader();

function read(text: string, policy?: Policy): RunnerConfig {
  const { config, problems } = readRunnerConfig(text, yaml, policy);
  expect(problems).toEqual([]);
  if (config === undefined) throw new Error("a file without problems is read");
  return config;
}

function outcome(layers: readonly RunnerConfig[], { defaults, images }: Policy): unknown {
  const { runners, file } = inheritConfig(layers, images);
  const entries = [...runners.values()].map(
    ({ name, values }) => [name, inheritValues(values, defaults, images)] as const,
  );
  return { runners: Object.fromEntries(entries), ...file };
}

describe("the worked examples of docs/runner-yml.md", () => {
  test("are three", () => {
    expect(inheritanceExamples).toHaveLength(3);
  });

  test.each(inheritanceExamples)("$title", ({ repository, organisation, policy: text, result }) => {
    const { policy, problems } = readPolicy(text, yaml);
    expect(problems).toEqual([]);
    if (policy === undefined) throw new Error("a policy without problems is read");
    expect(outcome([read(repository, policy), read(organisation, policy)], policy)).toEqual(parse(result));
  });
});

describe("files", () => {
  test("name and line are those of the nearest file that has the runner; a runner keeps its place", () => {
    const near = read("runners:\n  Build: {cpu: 2}\n");
    const far = read("\n\nrunners:\n  lint: {}\n  BUILD: {spot: never}\n");
    const { runners } = inheritConfig([near, far]);
    expect([...runners]).toEqual([
      ["build", { name: "Build", values: { cpu: 2, spot: "never" }, line: 2 }],
      ["lint", { name: "lint", values: {}, line: 4 }],
    ]);
  });

  test("keys of the file one by one", () => {
    const layers = [read("report: never"), read("report: always\nmax-runners: 5"), read("max-runners: 9")];
    expect(inheritConfig(layers).file).toEqual({ report: "never", "max-runners": 5 });
  });

  test("none, and one", () => {
    expect(inheritConfig([])).toEqual({ runners: new Map(), file: {} });
    const one = read("runners: {a: {cpu: 1}}\nreport: never");
    expect(inheritConfig([one])).toEqual(one);
  });

  test("the layers are not changed", () => {
    const near = read("runners: {a: {cpu: 1}}");
    const far = read("runners: {a: {arch: arm64}, b: {}}");
    inheritConfig([near, far]);
    expect([near, far]).toEqual([read("runners: {a: {cpu: 1}}"), read("runners: {a: {arch: arm64}, b: {}}")]);
  });

  test("labels that a nearer runner has are not inherited, by a runner of the same name neither", () => {
    const near = read("runners:\n  mine: {labels: [self-hosted, Linux]}\n  other: {cpu: 2}\n");
    const far = read("runners:\n  theirs: {labels: [linux, self-hosted], cpu: 4}\n  other: {arch: x64}\n");
    const { runners } = inheritConfig([near, far]);
    expect(runners.get("theirs")?.values).toEqual({ cpu: 4 });
    expect(runners.get("mine")?.values.labels).toEqual(["self-hosted", "Linux"]);
    expect(runners.get("other")?.values).toEqual({ cpu: 2, arch: "x64" });
  });
});

const images: Policy["images"] = new Map([
  ["arm", { arch: "arm64", ec2: "ami-01234567", lambda: undefined }],
  ["x", { arch: "x64", ec2: "ami-01234567", lambda: undefined }],
]);

describe("values", () => {
  test.each<[string, OptionValues, OptionValues, OptionValues]>([
    ["nothing", {}, {}, {}],
    ["what is open is inherited", {}, { cpu: 2, spot: "only" }, { cpu: 2, spot: "only" }],
    ["what is said stays", { cpu: 4 }, { cpu: 2 }, { cpu: 4 }],
    ["said as undefined is open", { cpu: undefined }, { cpu: 2 }, { cpu: 2 }],
    [
      "Lambda inherits no spot and no types",
      { execution: "lambda" },
      { spot: "only", "instance-types": ["c7i.large"], arch: "x64" },
      { execution: "lambda", arch: "x64" },
    ],
    [
      "nor more than it has",
      { execution: "lambda" },
      { "memory-gb": 12, cpu: 6, "disk-gb": 11, "timeout-minutes": 15 },
      { execution: "lambda", cpu: 6 },
    ],
    ["MicroVMs inherit no spot", { execution: "microvm" }, { spot: "only", cpu: 2 }, { execution: "microvm", cpu: 2 }],
    [
      "auto inherits everything",
      { execution: "auto" },
      { spot: "only", "memory-gb": 64 },
      { execution: "auto", spot: "only", "memory-gb": 64 },
    ],
    ["spot does not inherit Lambda", { spot: "only" }, { execution: "lambda", cpu: 2 }, { spot: "only", cpu: 2 }],
    ["large sizes do not inherit Lambda", { "memory-gb": 32 }, { execution: "lambda" }, { "memory-gb": 32 }],
    ["small ones do", { "memory-gb": 3 }, { execution: "lambda" }, { "memory-gb": 3, execution: "lambda" }],
    ["an inherited Lambda brings no spot", {}, { execution: "lambda", spot: "only" }, { execution: "lambda" }],
    [
      "vCPU instead of types",
      { cpu: 2 },
      { "instance-types": ["c7i.large"], "memory-gb": 4 },
      { cpu: 2, "memory-gb": 4 },
    ],
    ["memory instead of types", { "memory-gb": 2 }, { "instance-types": ["c7i.large"] }, { "memory-gb": 2 }],
    [
      "types instead of sizes",
      { "instance-types": ["c7i.large"] },
      { cpu: 2, "memory-gb": 4, "disk-gb": 9 },
      { "instance-types": ["c7i.large"], "disk-gb": 9 },
    ],
    ["types of the architecture", { arch: "arm64" }, { "instance-types": ["c7i.large"] }, { arch: "arm64" }],
    [
      "the architecture of the types",
      { "instance-types": ["c7i.large"] },
      { arch: "arm64" },
      { "instance-types": ["c7i.large"] },
    ],
    ["the image of the architecture", { arch: "arm64" }, { image: "x" }, { arch: "arm64" }],
    ["an image that fits", { arch: "arm64" }, { image: "arm" }, { arch: "arm64", image: "arm" }],
    ["an image of which nothing is known", { arch: "arm64" }, { image: "other" }, { arch: "arm64", image: "other" }],
    ["the architecture of the image", { image: "arm" }, { arch: "x64" }, { image: "arm" }],
    ["types for the image", { image: "arm" }, { "instance-types": ["c7i.large"] }, { image: "arm" }],
  ])("%s", (_, nearer, further, expected) => {
    expect(inheritValues(nearer, further, images)).toEqual(expected);
  });

  const values = fc.record(
    {
      execution: fc.constantFrom("auto", "lambda", "ec2", "microvm"),
      arch: fc.constantFrom("x64", "arm64"),
      cpu: fc.integer({ min: 1, max: 12 }),
      "memory-gb": fc.integer({ min: 1, max: 20 }),
      "instance-types": fc.constantFrom(["c7i.large"], ["c7g.large", "m8g.large"]),
      spot: fc.constantFrom("prefer", "never", "only"),
      "disk-gb": fc.integer({ min: 1, max: 20 }),
      "timeout-minutes": fc.integer({ min: 1, max: 30 }),
      image: fc.constantFrom("arm", "x", "other"),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<OptionValues>;

  function isPossible({ execution, ...rest }: OptionValues): boolean {
    if (execution === undefined || execution === "auto") return true;
    return Object.entries(rest).every(
      ([key, value]) => whyImpossible(key as OptionKey, value, execution) === undefined,
    );
  }

  test("whatever is inherited: the nearer values stay, the rest is possible, a second time changes nothing", () => {
    const possible = values.filter(isPossible);
    const property = fc.property(possible, possible, (nearer, further) => {
      const merged = inheritValues(nearer, further, images);
      expect(merged).toMatchObject(nearer);
      expect(isPossible(merged)).toBe(true);
      expect(inheritValues(merged, further, images)).toEqual(merged);
    });
    fc.assert(property, { seed: 20_261_124, numRuns: 3000 });
  });
});

test("the default policy inherits nothing to anybody", () => {
  const config = read("runners: {a: {cpu: 1}}");
  expect(outcome([config], defaultPolicy)).toEqual({ runners: { a: { cpu: 1 } } });
});
