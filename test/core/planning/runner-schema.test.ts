import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { stringify } from "yaml";
import { runnerSchemaText } from "../../../scripts/runner-schema.ts";
import { yamlReader } from "../../../src/adapters/yaml/yaml-reader.ts";
import { fileOptions, options } from "../../../src/core/planning/options.ts";
import type { Option } from "../../../src/core/planning/options.ts";
import { runnerSchema } from "../../../src/core/planning/runner-schema.ts";
import type { ProblemCode } from "../../../src/core/planning/runner-config/problem.ts";
import { readRunnerConfig } from "../../../src/core/planning/runner-config/read-runner-config.ts";

const committed = readFileSync(join(import.meta.dirname, "../../../schema/runner.schema.json"), "utf8");
const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(runnerSchema());
const yaml = yamlReader();

/**
 * What a schema cannot say of a file that it reads: names and sets that are the same in another case or order, which
 * instance types there are and of which architecture. Beside these: numbers beyond 2^53, duplicate keys and everything
 * else about the text itself, warnings, and the operator's policy.
 */
const beyond: readonly ProblemCode[] = [
  "MF-CONFIG-NAME-TWICE",
  "MF-CONFIG-INSTANCE-TYPE",
  "MF-CONFIG-ARCH",
  "MF-CONFIG-LABELS-TWICE",
];

describe("schema/runner.schema.json", () => {
  test("says what the table says; `node scripts/runner-schema.ts` writes it", async () => {
    expect(committed).toBe(await runnerSchemaText());
  });

  test.each(Object.entries<Option>(options))("describes %s with its unit and default", (key, option) => {
    const description = ["$defs", "runner", "properties", key, "description"];
    expect(runnerSchema()).toHaveProperty(description, expect.stringContaining(option.description));
    expect(runnerSchema()).toHaveProperty(description, expect.stringContaining(option.unit ?? ""));
    expect(runnerSchema()).toHaveProperty(description, expect.stringContaining(option.default ?? ""));
  });

  test.each(Object.keys(fileOptions))("describes %s of the file", (key) => {
    expect(runnerSchema()).toHaveProperty(["properties", key, "description"]);
  });

  const right: Readonly<Record<string, readonly unknown[]>> = {
    execution: ["auto", "lambda", "lambda", "ec2", "microvm"],
    labels: [["self-hosted"], ["Self-Hosted", "linux"], ["linux", "x64"], []],
    arch: ["x64", "arm64"],
    cpu: [1, 4, 6, 7],
    "memory-gb": [0.5, 10, 10.5, 64],
    "instance-types": [["c7i.large"], ["m7g.xlarge", "c7i.large"]],
    spot: ["prefer", "never", "only"],
    "disk-gb": [1, 10, 11],
    image: ["ubuntu-24.04", "A"],
    role: ["deploy"],
    subnets: ["private"],
    "timeout-minutes": [1, 14, 15],
    "max-runners": [1, 3],
    priority: [1, 5],
    report: ["always", "problems", "never"],
  };
  const strange: readonly unknown[] = [
    "ec2",
    "Ec2",
    "",
    "5",
    "a b",
    0,
    -1,
    2.5,
    true,
    null,
    [],
    ["c7i.large"],
    [5],
    {},
  ];
  const wrong = fc.constantFrom(...strange);
  const valueOf = (key: string): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...(right[key] ?? strange)) }, wrong);
  const keyed = (keys: readonly string[]): fc.Arbitrary<object> =>
    fc
      .uniqueArray(fc.constantFrom(...keys), { maxLength: 4 })
      .chain((some) => fc.record(Object.fromEntries(some.map((key) => [key, valueOf(key)]))));
  const names = fc.constantFrom("default", "build", "LINT", "lint", "a.b-c", "lambda", "EC2", "-x", "a b");
  const runner = fc.oneof(
    { weight: 12, arbitrary: keyed(Object.keys(options)) },
    { weight: 1, arbitrary: keyed([...Object.keys(options), "sopt"]) },
    { weight: 1, arbitrary: wrong },
  );
  const runners = fc.oneof({ weight: 9, arbitrary: fc.dictionary(names, runner, { maxKeys: 2 }) }, wrong);
  const files = fc.oneof(
    { weight: 6, arbitrary: fc.record({ runners }) },
    {
      weight: 3,
      arbitrary: keyed(Object.keys(fileOptions)).chain((file) =>
        fc.record({ runners }).map((one) => ({ ...file, ...one })),
      ),
    },
    keyed([...Object.keys(fileOptions), "runner"]),
    wrong,
  );

  test("agrees with Mayfly on every file, but for what no schema can say", () => {
    const outcomes = { fine: 0, wrong: 0, beyond: 0 };
    const sees = fc.property(files, (file) => {
      const text = stringify(file);
      const errors = readRunnerConfig(text, yaml).problems.filter(({ severity }) => severity === "error");
      const isFine = errors.every(({ code }) => beyond.includes(code));
      outcomes[errors.length === 0 ? "fine" : isFine ? "beyond" : "wrong"] += 1;
      expect({ text, isFine: validate(file) }).toEqual({ text, isFine });
    });
    fc.assert(sees, { seed: 20_261_123, numRuns: 4000 });
    console.log("the schema agrees:", outcomes);
    expect(Math.min(outcomes.fine, outcomes.wrong)).toBeGreaterThan(800);
    expect(outcomes.beyond).toBeGreaterThan(20);
  });
});
