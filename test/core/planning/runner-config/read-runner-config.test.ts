import { _InstanceType } from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { yamlReader } from "../../../../src/adapters/yaml/yaml-reader.ts";
import { options } from "../../../../src/core/planning/options.ts";
import type { ProblemCode } from "../../../../src/core/planning/runner-config/problem.ts";
import { readRunnerConfig } from "../../../../src/core/planning/runner-config/read-runner-config.ts";
import type { RunnerDefinition } from "../../../../src/core/planning/runner-config/read-runner-config.ts";

const read = (text: string): ReturnType<typeof readRunnerConfig> => readRunnerConfig(text, yamlReader());

/** `runners:` with one runner `build` whose keys are these lines; they stand from line 3 on, in column 5. */
function build(...lines: string[]): string {
  return ["runners:", "  build:", ...lines.map((line) => `    ${line}`)].join("\n");
}

describe("files that are fine", () => {
  const build1 = (changes: Partial<RunnerDefinition>): [string, RunnerDefinition][] => [
    ["build", { name: "build", values: {}, line: 2, ...changes }],
  ];

  test.each<[string, string, [string, RunnerDefinition][]]>([
    ["empty", "", []],
    ["a comment", "# later", []],
    ["no runners", "runners:", []],
    ["no runners, spelled out", "runners: {}", []],
    ["a runner without keys", "runners:\n  build:\n", build1({})],
    ["a runner with an empty mapping", "runners:\n  build: {}\n", build1({})],
    ["each execution", build("execution: lambda"), build1({ values: { execution: "lambda" } })],
    ["microvm", build("execution: microvm"), build1({ values: { execution: "microvm" } })],
    [
      "several keys",
      build("execution: ec2", "instance-types: [c7i.xlarge, c7a.xlarge]", "spot: never"),
      build1({ values: { execution: "ec2", "instance-types": ["c7i.xlarge", "c7a.xlarge"], spot: "never" } }),
    ],
    ["without an execution", build("spot: only"), build1({ values: { spot: "only" } })],
    [
      "with BOM and CRLF",
      `\uFEFF${build("spot: only", "").replaceAll("\n", "\r\n")}`,
      build1({ values: { spot: "only" } }),
    ],
    [
      "default may be defined, names keep their spelling, merge keys work",
      "runners:\n  default: &base\n    execution: ec2\n    spot: prefer\n  Big.Build_2:\n    <<: *base\n    spot: only\n",
      [
        ["default", { name: "default", values: { execution: "ec2", spot: "prefer" }, line: 2 }],
        ["big.build_2", { name: "Big.Build_2", values: { execution: "ec2", spot: "only" }, line: 5 }],
      ],
    ],
  ])("%s", (_, text, runners) => {
    const { config, problems } = read(text);
    expect(problems).toEqual([]);
    expect([...(config?.runners ?? [])]).toEqual(runners);
  });

  test("a warning leaves the rest in force", () => {
    const { config, problems } = read(build("execution: ec2", "instance-types: [c7i.large, c7a.large, c7i.large]"));
    expect(problems).toEqual([
      {
        code: "MF-CONFIG-REPEATED",
        severity: "warning",
        line: 4,
        column: 44,
        endLine: 4,
        endColumn: 53,
        message: "`c7i.large` stands twice in `instance-types`.",
        path: ["runners", "build", "instance-types", 2],
      },
    ]);
    expect(config?.runners.get("build")?.values["instance-types"]).toEqual(["c7i.large", "c7a.large"]);
  });
});

const words = "Use `auto`, `lambda`, `ec2` or `microvm`";
const allKeys = Object.keys(options)
  .map((key) => `\`${key}\``)
  .join(", ")
  .replace(/, (?=[^,]*$)/, " and ");
const spots = "Use `prefer`, `never` or `only`";
const nameRule = "it takes 1 to 64 letters, digits, `-`, `_` and `.`, beginning with a letter or a digit.";

type Row = [text: string, code: ProblemCode, line: number, column: number, message: string];

// prettier-ignore
const rows: readonly Row[] = [
  // the file
  ["- a", "MF-CONFIG-SHAPE", 1, 1, "The file must be a mapping of keys such as `runners`, `max-runners` and `report`, found a list."],
  ["\n\nlambda", "MF-CONFIG-SHAPE", 1, 1, 'The file must be a mapping of keys such as `runners`, `max-runners` and `report`, found the text "lambda".'],
  ["!!set {runners}", "MF-CONFIG-SHAPE", 1, 1, "The file must be a mapping of keys such as `runners`, `max-runners` and `report`, found a mapping."],
  ["runners:\n\tbuild:", "MF-CONFIG-YAML", 2, 1, "Tabs are not allowed as indentation."],
  ["runners:\n---\n", "MF-CONFIG-YAML", 2, 1, "The file must hold one document; a second one begins here."],
  ["\uFFFD\uFFFDr\0u\0", "MF-CONFIG-YAML", 1, 1, "The file is not UTF-8 text, it looks like UTF-16. Save it as UTF-8."],
  // keys of the file
  ["runner: {}", "MF-CONFIG-KEY", 1, 1, "There is no key `runner`. Did you mean `runners`?"],
  ["runners:\nRunners:", "MF-CONFIG-KEY", 2, 1, "There is no key `Runners`. Did you mean `runners`?"],
  ["runners:\nrunners:", "MF-CONFIG-YAML", 2, 1, 'The key "runners" stands twice in this mapping.'],
  ["x: 1", "MF-CONFIG-KEY", 1, 1, "There is no key `x`. Known here: `runners`, `max-runners` and `report`."],
  ["__proto__: {}", "MF-CONFIG-KEY", 1, 1, "There is no key `__proto__`. Known here: `runners`, `max-runners` and `report`."],
  ["constructor: {}", "MF-CONFIG-KEY", 1, 1, "There is no key `constructor`. Known here: `runners`, `max-runners` and `report`."],
  ["runners: 5", "MF-CONFIG-SHAPE", 1, 10, "`runners` must be a mapping of names to runners, found 5."],
  ["runners:\n  - build", "MF-CONFIG-SHAPE", 2, 3, "`runners` must be a mapping of names to runners, found a list."],
  // names
  ["runners:\n  lambda:", "MF-CONFIG-RESERVED", 2, 3, "`lambda` is a runner of its own that needs no file. Give this one another name."],
  ["runners:\n  EC2:", "MF-CONFIG-RESERVED", 2, 3, "`EC2` is a runner of its own that needs no file. Give this one another name."],
  ["runners:\n  microvm:", "MF-CONFIG-RESERVED", 2, 3, "`microvm` is a runner of its own that needs no file. Give this one another name."],
  ["runners:\n  build:\n  build:", "MF-CONFIG-YAML", 3, 3, 'The key "build" stands twice in this mapping.'],
  ["runners:\n  build:\n  Build:", "MF-CONFIG-NAME-TWICE", 3, 3, "`Build` is the same name as `build` in line 2: labels know no upper case."],
  ["runners:\n  a/b:", "MF-CONFIG-NAME", 2, 3, `\`a/b\` cannot be the name of a runner: ${nameRule}`],
  ["runners:\n  cpu=4:", "MF-CONFIG-NAME", 2, 3, `\`cpu=4\` cannot be the name of a runner: ${nameRule}`],
  ['runners:\n  "":', "MF-CONFIG-NAME", 2, 3, `\`\` cannot be the name of a runner: ${nameRule}`],
  ["runners:\n  __proto__:", "MF-CONFIG-NAME", 2, 3, `\`__proto__\` cannot be the name of a runner: ${nameRule}`],
  ["runners:\n  bäu:", "MF-CONFIG-NAME", 2, 3, `\`bäu\` cannot be the name of a runner: ${nameRule}`],
  [`runners:\n  ${"n".repeat(65)}:`, "MF-CONFIG-NAME", 2, 3, `\`${"n".repeat(40)}…\` cannot be the name of a runner: ${nameRule}`],
  ["runners:\n  24:", "MF-CONFIG-YAML", 2, 3, 'A key must be a text: write it in quotes, "24".'],
  // a runner
  ["runners:\n  build: ec2", "MF-CONFIG-SHAPE", 2, 10, 'The runner `build` must be a mapping of keys, found the text "ec2".'],
  ["runners:\n  build: [ec2]", "MF-CONFIG-SHAPE", 2, 10, "The runner `build` must be a mapping of keys, found a list."],
  [build("execution: ec2", "sopt: never"), "MF-CONFIG-KEY", 4, 5, "There is no key `sopt`. Did you mean `spot`?"],
  [build("instanceTypes: []"), "MF-CONFIG-KEY", 3, 5, "There is no key `instanceTypes`. Did you mean `instance-types`?"],
  [build("instance_type: []"), "MF-CONFIG-KEY", 3, 5, "There is no key `instance_type`. Did you mean `instance-types`?"],
  [build("__proto__: {spot: never}"), "MF-CONFIG-KEY", 3, 5, `There is no key \`__proto__\`. Known here: ${allKeys}.`],
  [build("toString: 1"), "MF-CONFIG-KEY", 3, 5, `There is no key \`toString\`. Known here: ${allKeys}.`],
  [build("spot: only", "spot: never"), "MF-CONFIG-YAML", 4, 5, 'The key "spot" stands twice in this mapping.'],
  // execution
  [build("execution: lamdba"), "MF-CONFIG-VALUE", 3, 16, '`execution` cannot be the text "lamdba". Did you mean `lambda`?'],
  [build("execution: EC2"), "MF-CONFIG-VALUE", 3, 16, '`execution` cannot be the text "EC2". Did you mean `ec2`?'],
  [build("execution: fargate"), "MF-CONFIG-VALUE", 3, 16, `\`execution\` cannot be the text "fargate". ${words}.`],
  [build("execution:"), "MF-CONFIG-VALUE", 3, 5, `\`execution\` cannot be an empty value. ${words}.`],
  [build("execution: ~"), "MF-CONFIG-VALUE", 3, 16, `\`execution\` cannot be an empty value. ${words}.`],
  [build("execution: [ec2]"), "MF-CONFIG-VALUE", 3, 16, `\`execution\` cannot be a list. ${words}.`],
  [build("execution: {ec2: 1}"), "MF-CONFIG-VALUE", 3, 16, `\`execution\` cannot be a mapping. ${words}.`],
  [build("execution: .inf"), "MF-CONFIG-VALUE", 3, 16, `\`execution\` cannot be Infinity. ${words}.`],
  // spot: nothing is converted
  [build("spot: true"), "MF-CONFIG-VALUE", 3, 11, `\`spot\` cannot be true. ${spots}.`],
  [build("spot: 1"), "MF-CONFIG-VALUE", 3, 11, `\`spot\` cannot be 1. ${spots}.`],
  [build("spot: 'never '"), "MF-CONFIG-VALUE", 3, 11, '`spot` cannot be the text "never ". Did you mean `never`?'],
  [build("spot: onyl"), "MF-CONFIG-VALUE", 3, 11, '`spot` cannot be the text "onyl". Did you mean `only`?'],
  [build('spot: "a\\nb"'), "MF-CONFIG-VALUE", 3, 11, `\`spot\` cannot be the text "a b". ${spots}.`],
  // instance types
  [build("instance-types: c7i.large"), "MF-CONFIG-VALUE", 3, 21, '`instance-types` must be a list, found the text "c7i.large". Write `instance-types: [c7i.large]`.'],
  [build("instance-types: 4"), "MF-CONFIG-VALUE", 3, 21, "`instance-types` must be a list, found 4. Write `instance-types: [c7i.xlarge]`."],
  [build("instance-types:"), "MF-CONFIG-VALUE", 3, 5, "`instance-types` must be a list, found an empty value. Write `instance-types: [c7i.xlarge]`."],
  [build("instance-types: []"), "MF-CONFIG-VALUE", 3, 21, "`instance-types` takes 1 to 10 entries, found 0."],
  [build(`instance-types: [${Array.from({ length: 11 }, (_, index) => `c${index + 1}.large`).join(", ")}]`), "MF-CONFIG-VALUE", 3, 21, "`instance-types` takes 1 to 10 entries, found 11."],
  [build("instance-types:", "  - c7i.large", "  - C7a.Large"), "MF-CONFIG-VALUE", 5, 9, 'Not an EC2 instance type: the text "C7a.Large". Did you mean `c7a.large`?'],
  [build("instance-types: [c7i.large, c7i]"), "MF-CONFIG-VALUE", 3, 33, 'Not an EC2 instance type: the text "c7i". One looks like `c7i.xlarge`.'],
  [build("instance-types: [c7i.huge]"), "MF-CONFIG-VALUE", 3, 22, 'Not an EC2 instance type: the text "c7i.huge". One looks like `c7i.xlarge`.'],
  [build("instance-types: [7]"), "MF-CONFIG-VALUE", 3, 22, "Not an EC2 instance type: 7. One looks like `c7i.xlarge`."],
  [build("instance-types: [[c7i.large]]"), "MF-CONFIG-VALUE", 3, 22, "Not an EC2 instance type: a list. One looks like `c7i.xlarge`."],
  // keys against the execution
  [build("execution: lambda", "spot: never"), "MF-CONFIG-EXECUTION", 4, 5, "`spot` is for ec2 only, but `build` has `execution: lambda`. Remove one of the two."],
  [build("instance-types: [c7i.large]", "execution: lambda"), "MF-CONFIG-EXECUTION", 3, 5, "`instance-types` is for ec2 only, but `build` has `execution: lambda`. Remove one of the two."],
  [build("execution: microvm", "spot: only"), "MF-CONFIG-EXECUTION", 4, 5, "`spot` is for ec2 only, but `build` has `execution: microvm`. Remove one of the two."],
  ["runners:\n  a: &a {execution: ec2, spot: only}\n  b: {<<: *a, execution: lambda}", "MF-CONFIG-EXECUTION", 2, 26, "`spot` is for ec2 only, but `b` has `execution: lambda`. Remove one of the two."],
];

describe("one problem each, to the column", () => {
  test.each(rows)("%j: %s", (text, code, line, column, message) => {
    const { config, problems } = read(text);
    expect(problems).toMatchObject([{ code, severity: "error", line, column, message }]);
    expect(config).toBeUndefined();
  });

  test("the path leads to it", () => {
    expect(read(build("instance-types: [x]")).problems[0]?.path).toEqual(["runners", "build", "instance-types", 0]);
    expect(read("- x").problems[0]?.path).toEqual([]);
  });
});

describe("all problems at once, in the order of their positions", () => {
  test("of every level", () => {
    const text = [
      "runner: {}",
      "runners:",
      "  ec2: {spot: maybe}",
      "  build: {spot: onyl, execution: lambda, disk: 5, spot: only}",
      "  test: [1]",
      "limit: 5",
    ].join("\n");
    expect(read(text).problems.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual([
      "1:1 MF-CONFIG-KEY",
      "3:3 MF-CONFIG-RESERVED",
      "3:15 MF-CONFIG-VALUE",
      "4:42 MF-CONFIG-KEY",
      "4:51 MF-CONFIG-YAML",
      "4:51 MF-CONFIG-EXECUTION",
      "5:9 MF-CONFIG-SHAPE",
      "6:1 MF-CONFIG-KEY",
    ]);
  });

  test("what many runners merge is said once, where it is written", () => {
    const text = "runners:\n  a: &a {spot: maybe}\n  b: {<<: *a}\n  c: *a\n";
    expect(read(text).problems).toMatchObject([{ line: 2, column: 16, path: ["runners", "a", "spot"] }]);
  });
});

describe("size", () => {
  const padded = (bytes: number, filler: string): string => {
    const rest = bytes - "#\n".length;
    return `#${filler.repeat(Math.floor(rest / Buffer.byteLength(filler)))}${"x".repeat(rest % Buffer.byteLength(filler))}\n`;
  };

  test.each(["x", "é", "€", "😀"])("64 KiB of %s are read, one byte more is not", (filler) => {
    expect(Buffer.byteLength(padded(65_536, filler))).toBe(65_536);
    expect(read(padded(65_536, filler))).toMatchObject({ problems: [] });
    expect(read(padded(65_537, filler)).problems).toMatchObject([
      { code: "MF-CONFIG-SIZE", severity: "error", line: 1, column: 1, path: [] },
    ]);
  });
});

describe("the pattern of instance types", () => {
  const { pattern } = options["instance-types"].rule;

  test("accepts every type that the SDK knows", () => {
    const names = Object.values(_InstanceType);
    expect(names.length).toBeGreaterThan(800);
    expect(names.filter((name) => !pattern.test(name))).toEqual([]);
  });

  test.each(["c7i.metal-24xl", "u7i-12tb.224xlarge", "mac-m4pro.metal", "x1e.32xlarge"])("accepts %s", (name) => {
    expect(name).toMatch(pattern);
  });

  test.each([
    "c7i",
    ".large",
    "c7i.",
    "c7i.large ",
    "c7i.large\n",
    "7i.large",
    "c7i.x",
    "c7i.large;rm",
    "C7I.large",
    "c7i*.large",
  ])("refuses %j", (name) => {
    expect(name).not.toMatch(pattern);
  });
});
