import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { stringify } from "yaml";
import { runnerSchemaText } from "../../../scripts/runner-schema.ts";
import { yamlReader } from "../../../src/adapters/yaml/yaml-reader.ts";
import { options } from "../../../src/core/planning/options.ts";
import { runnerSchema } from "../../../src/core/planning/runner-schema.ts";
import { readRunnerConfig } from "../../../src/core/planning/runner-config/read-runner-config.ts";

const committed = readFileSync(join(import.meta.dirname, "../../../schema/runner.schema.json"), "utf8");
const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(runnerSchema());
const yaml = yamlReader();

describe("schema/runner.schema.json", () => {
  test("says what the table says; `node scripts/runner-schema.ts` writes it", async () => {
    expect(committed).toBe(await runnerSchemaText());
  });

  test.each(Object.keys(options))("describes %s", (key) => {
    expect(runnerSchema()).toHaveProperty(["$defs", "runner", "properties", key, "description"]);
  });

  const words = fc.constantFrom("ec2", "lambda", "microvm", "prefer", "only", "c7i.large", "m7g.xlarge", "Ec2", "auto");
  const values = fc.oneof(words, fc.integer(), fc.constant(null), fc.uniqueArray(words, { maxLength: 12 }));
  const keys = fc.constantFrom(...Object.keys(options), "sopt");
  const names = fc.constantFrom("default", "build", "LINT", "lambda", "EC2", "-x", "a b");
  const runners = fc.oneof({ weight: 9, arbitrary: fc.dictionary(keys, values, { maxKeys: 3 }) }, values);
  const files = fc.oneof(
    { weight: 9, arbitrary: fc.record({ runners: fc.dictionary(names, runners, { maxKeys: 2 }) }) },
    fc.dictionary(fc.constantFrom("runners", "runner"), values),
  );

  test("agrees with Mayfly on every file", () => {
    const outcomes = { fine: 0, wrong: 0 };
    const sees = fc.property(files, (file) => {
      const text = stringify(file);
      const isFine = readRunnerConfig(text, yaml).config !== undefined;
      outcomes[isFine ? "fine" : "wrong"] += 1;
      expect({ text, isFine: validate(file) }).toEqual({ text, isFine });
    });
    fc.assert(sees, { seed: 20_261_123, numRuns: 3000 });
    expect(Math.min(outcomes.fine, outcomes.wrong)).toBeGreaterThan(300);
  });
});
