import { describe, expect, test } from "@jest/globals";
import { planJob } from "../../../src/core/pipeline/plan.ts";
import { mayBeOurs, readLabels } from "../../../src/core/planning/labels.ts";
import type { Execution } from "../../../src/core/model/execution.ts";

const ours = (runner: string): object => ({ kind: "ours", runner });
const refused = (code: string): object => ({ kind: "refused", code });

describe("readLabels", () => {
  test.each<[string[], object]>([
    [["mayfly"], ours("default")],
    [["Mayfly"], ours("default")],
    [["mayfly/lambda"], ours("lambda")],
    [["MAYFLY/Lambda"], ours("lambda")],
    [["mayfly/ec2"], ours("ec2")],
    [["self-hosted", "mayfly"], ours("default")],
    [["mayfly", "self-hosted"], ours("default")],
    [["self-hosted", "linux", "x64", "mayfly/lambda"], ours("lambda")],
    [["self-hosted", "Linux", "X64", "mayfly"], ours("default")],
    [["mayfly", "mayfly"], ours("default")],
    [["mayfly/build/run=1-2"], ours("build")],
    [["mayfly/run=77"], ours("default")],
    [["mayfly/lambda/run=77-a=b"], ours("lambda")],
    [["ubuntu-latest"], { kind: "not-ours" }],
    [["self-hosted"], { kind: "not-ours" }],
    [["self-hosted", "linux"], { kind: "not-ours" }],
    [["mayfly-lint"], { kind: "not-ours" }],
    [["mayflyer"], { kind: "not-ours" }],
    [["my/mayfly"], { kind: "not-ours" }],
    [[""], { kind: "not-ours" }],
    [[], { kind: "not-ours" }],
    [["mаyfly"], { kind: "not-ours" }], // a Cyrillic а
    [["mayfly/"], refused("MF-LABEL-RUNNER")],
    [["mayfly//run=1"], refused("MF-LABEL-RUNNER")],
    [["mayfly/lambda/"], refused("MF-LABEL-KEY")],
    [["mayfly/lambda/cpu=4"], refused("MF-LABEL-KEY")],
    [["mayfly/lambda/fast"], refused("MF-LABEL-KEY")],
    [["mayfly/lambda/run=1/run=2"], refused("MF-LABEL-KEY")],
    [["mayfly", "mayfly/lambda"], refused("MF-LABEL-TWICE")],
    [["mayfly/lambda", "mayfly/ec2"], refused("MF-LABEL-TWICE")],
    [["mayfly", "gpu"], refused("MF-LABEL-BESIDE")],
    [["mayfly", "mayfly-lint"], refused("MF-LABEL-BESIDE")],
    [["mayfly", "windows"], refused("MF-LABEL-CONTRADICTION")],
    [["mayfly", "macOS"], refused("MF-LABEL-CONTRADICTION")],
    [["mayfly", "arm64"], refused("MF-LABEL-CONTRADICTION")],
  ])("%j", (labels, verdict) => {
    expect(readLabels(labels, "mayfly")).toMatchObject(verdict);
  });

  test("another prefix, as another stage has it", () => {
    expect(readLabels(["mayfly-dev/lambda"], "mayfly-dev")).toMatchObject(ours("lambda"));
    expect(readLabels(["mayfly"], "mayfly-dev")).toEqual({ kind: "not-ours" });
  });

  test("100 labels and very long ones are answered, not choked on", () => {
    const many = Array.from({ length: 100 }, (_, index) => `label-${index}`);
    expect(readLabels([...many, "mayfly"], "mayfly")).toMatchObject(refused("MF-LABEL-BESIDE"));
    expect(readLabels([`mayfly/run=${"x".repeat(10_000)}`], "mayfly")).toMatchObject(ours("default"));
  });
});

describe("mayBeOurs", () => {
  test.each<[string[], boolean]>([
    [["mayfly"], true],
    [["MayFly/lint"], true],
    [["self-hosted", "gpu"], true],
    [["ubuntu-latest"], false],
    [["mayfly-lint"], false],
    [[], false],
  ])("%j: %s", (labels, expected) => {
    expect(mayBeOurs(labels, "mayfly")).toBe(expected);
  });
});

const absent = { state: "absent" } as const;

describe("planJob", () => {
  const settings = { labelPrefix: "mayfly", defaultExecution: "lambda" } as const;
  const available: Execution[] = ["lambda"];

  test.each([["mayfly"], ["mayfly/lambda"], ["self-hosted,mayfly"], ["self-hosted,mayfly/lambda"]])(
    "%s goes to Lambda and says why",
    (labels) => {
      const planned = planJob(labels.split(","), absent, settings, available);
      expect(planned).toMatchObject({ outcome: "launch", plan: { execution: "lambda" } });
      expect(planned.outcome === "launch" && planned.plan.reasons.length).toBeGreaterThan(0);
    },
  );

  test("an execution without a compute provider is refused with the reason", () => {
    const planned = planJob(["mayfly/ec2"], absent, settings, available);
    expect(planned).toMatchObject({ outcome: "refuse", code: "MF-EXECUTION-MISSING" });
    expect(planJob(["mayfly/ec2"], absent, settings, ["lambda", "ec2"])).toMatchObject({ plan: { execution: "ec2" } });
  });

  test("a runner that nobody defined is refused, not left waiting", () => {
    expect(planJob(["mayfly/biuld"], absent, settings, available)).toMatchObject({ code: "MF-LABEL-RUNNER" });
  });

  test("somebody else's job is not ours", () => {
    expect(planJob(["self-hosted", "gpu"], absent, settings, available)).toEqual({ outcome: "not-ours" });
  });
});
