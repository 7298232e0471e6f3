import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { stringify } from "yaml";
import { schemaText } from "../../../../scripts/runner-schema.ts";
import { yamlReader } from "../../../../src/adapters/yaml/yaml-reader.ts";
import { policyOptions } from "../../../../src/core/planning/policy-options.ts";
import { policySchema } from "../../../../src/core/planning/policy-schema.ts";
import { readPolicy } from "../../../../src/core/planning/policy/read-policy.ts";
import type { ProblemCode } from "../../../../src/core/planning/runner-config/problem.ts";

const committed = readFileSync(join(import.meta.dirname, "../../../../schema/policy.schema.json"), "utf8");
const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(policySchema());
const yaml = yamlReader();

/**
 * What a schema cannot say: which instance types there are and of which architecture, and that the defaults keep to the
 * rest of the file. Beside these: numbers beyond 2^53, duplicate keys and everything else about the text, and warnings.
 */
const beyond: readonly ProblemCode[] = [
  "MF-CONFIG-INSTANCE-TYPE",
  "MF-CONFIG-ARCH",
  "MF-CONFIG-POLICY",
  "MF-CONFIG-UNDEFINED",
];

const image = { arch: "x64", ec2: "ami-0123456789abcdef0" };
const role = { arn: "arn:aws:iam::123456789012:role/deploy", repositories: ["acme/*"], branches: ["main"] };
const subnets = [{ id: "subnet-0123456789abcdef0", zone: "us-east-1a" }];

/** Good values and bad ones of each key. */
const cases: Readonly<Record<string, readonly unknown[]>> = {
  installations: [[], [5], [1, 2], [0], ["5"], 5],
  executions: [["ec2"], ["lambda", "ec2"], [], ["fargate"], "ec2"],
  "instance-types": [["c7i.*"], ["m7?.large", "*"], ["C7i.*"], ["c7i large"], []],
  maxima: [{}, null, { cpu: 4 }, { "memory-gb": 7.5, "disk-gb": 10, "timeout-minutes": 5 }, { cpu: 0 }, { gpu: 1 }],
  "max-runners": [{ total: 5, lambda: 2 }, { ec2: 1, microvm: 1, repository: 3 }, { fargate: 1 }, { total: 0 }, 5],
  "label-overrides": [[], ["cpu", "arch"], ["labels"], ["run"], "cpu"],
  images: [
    null,
    { ubuntu: image },
    { ubuntu: { arch: "arm64", lambda: "mayfly-arm" } },
    { "a b": image },
    { ubuntu: { arch: "x64" } },
    { ubuntu: { ec2: image.ec2 } },
    { ubuntu: { ...image, ec2: "ami-1" } },
    { ubuntu: null },
  ],
  roles: [
    { deploy: role },
    { deploy: { ...role, events: ["push", "release"], minutes: 15 } },
    { deploy: { ...role, minutes: 14 } },
    { deploy: { ...role, minutes: 61 } },
    { deploy: { ...role, events: ["pushed"] } },
    { deploy: { ...role, repositories: ["acme"] } },
    { deploy: { ...role, branches: ["a b"] } },
    { deploy: { ...role, arn: "deploy" } },
    { deploy: { arn: role.arn, repositories: role.repositories } },
    { deploy: {} },
  ],
  subnets: [{ private: subnets }, { private: [] }, { private: subnets[0] }, { private: [{ id: subnets[0]?.id }] }, {}],
  regions: [["us-east-1"], ["us-gov-west-1", "eu-central-1"], ["us-east"], []],
  "fork-pull-requests": ["deny", "approve", "allow", "Deny", false],
  "public-repositories": ["deny", "allow", "approve", true],
  "daily-budget-usd": [0.5, 100, 0, "5", null],
  "safe-actions": [["acme/lint"], ["acme/*", "a/b/c/d"], ["acme"], ["acme/lint@v1"], ["*/*"]],
  defaults: [
    {},
    { cpu: 2, spot: "never" },
    { labels: ["self-hosted"] },
    { execution: "lambda", spot: "only" },
    { image: "ubuntu" },
  ],
};
const strange = [null, 5, "x", true, [], {}, [null], [[]]];

describe("schema/policy.schema.json", () => {
  test("says what the table says; `node scripts/runner-schema.ts` writes it", async () => {
    expect(committed).toBe(await schemaText("schema/policy.schema.json"));
  });

  test.each(Object.keys(policyOptions))("describes %s", (key) => {
    expect(policySchema()).toHaveProperty(["properties", key, "description"]);
    expect(Object.keys(cases)).toContain(key);
  });

  test("agrees with Mayfly on every file, but for what no schema can say", () => {
    const valueOf = (key: string): fc.Arbitrary<unknown> =>
      fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...(cases[key] ?? strange)) }, fc.constantFrom(...strange));
    const files = fc
      .uniqueArray(fc.constantFrom(...Object.keys(policyOptions), "image"), { maxLength: 3 })
      .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, valueOf(key)]))));
    const outcomes = { fine: 0, wrong: 0, beyond: 0 };
    const sees = fc.property(fc.oneof({ weight: 40, arbitrary: files }, fc.constantFrom(...strange)), (file) => {
      const text = stringify(file);
      const errors = readPolicy(text, yaml).problems.filter(({ severity }) => severity === "error");
      const isFine = errors.every(({ code }) => beyond.includes(code));
      outcomes[errors.length === 0 ? "fine" : isFine ? "beyond" : "wrong"] += 1;
      expect({ text, isFine: validate(file) }).toEqual({ text, isFine });
    });
    fc.assert(sees, { seed: 20_261_123, numRuns: 4000 });
    console.log("the schema agrees:", outcomes);
    expect(Math.min(outcomes.fine, outcomes.wrong)).toBeGreaterThan(800);
    expect(outcomes.beyond).toBeGreaterThan(5);
  });
});
