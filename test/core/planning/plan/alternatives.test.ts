import { describe, expect, test } from "@jest/globals";
import { nowMs, planned } from "./planned.ts";
import type { Written } from "./planned.ts";

describe("only Lambda is allowed", () => {
  const policy = "executions: [lambda]";
  const reasons = (written: Partial<Written>): readonly string[] => {
    const outcome = planned({ labels: ["mayfly"], policy, ...written });
    expect(outcome).toMatchObject({ outcome: "launch", execution: "lambda" });
    return outcome.outcome === "launch" ? outcome.reasons : [];
  };
  const only: unknown = expect.stringContaining("EC2 is out of the question");

  test("what would have sent the job to EC2 is said, the weightiest of it", () => {
    const docker = { needs: [{ kind: "docker", detail: "docker ps", line: 7 }] } as const;
    expect(reasons({ workflows: [docker, { timeoutMinutes: undefined }] })).toEqual([
      only,
      "it may fail there: the job `job0` (.github/workflows/ci.yml:7) needs Docker: `docker ps`",
    ]);
    const died = { execution: "lambda", seconds: 9, atMs: nowMs, died: "memory" } as const;
    expect(reasons({ workflows: [docker], history: [died] })).toEqual([
      only,
      expect.stringMatching(/^it may fail there: a job with this label ran out of memory on Lambda on 2026-11-22/),
    ]);
  });

  test.each<[string, Partial<Written>]>([
    ["a job that is safe there", { workflows: [{}] }],
    ["workflows that nobody has read", {}],
  ])("nothing more is said of %s", (_, written) => {
    expect(reasons(written)).toEqual([only]);
  });

  test("nor where somebody has said that it runs there", () => {
    const outcome = planned({ labels: ["mayfly/lambda"], policy, workflows: [] });
    expect(outcome.outcome === "launch" && outcome.reasons).toEqual(["Lambda: the label mayfly/lambda says so"]);
  });
});

describe("alternatives", () => {
  const images =
    "images: {both: {arch: x64, ec2: ami-0a1b2c3d4e5f60718, lambda: tools}, one: {arch: x64, lambda: tools}}";
  const lambda = ["Lambda with 3008 MB"];
  const ec2 = ["c6a.large"];

  test.each<[string, string, readonly string[], string | undefined]>([
    ["EC2 that asks for nothing else", "execution: ec2", lambda, undefined],
    [
      "EC2 with what Lambda has too",
      "execution: ec2, disk-gb: 10, timeout-minutes: 14, memory-gb: 2.5",
      lambda,
      undefined,
    ],
    ["a larger disk", "execution: ec2, disk-gb: 60", [], undefined],
    ["a longer job", "execution: ec2, timeout-minutes: 15", [], undefined],
    ["more memory than any function has", "memory-gb: 11", [], undefined],
    ["more memory than the function has", "execution: ec2, memory-gb: 8", [], undefined],
    ["spot", "spot: prefer", [], undefined],
    ["instance types", "instance-types: [c7i.large]", [], undefined],
    ["what only the operator's defaults have", "execution: ec2", lambda, "defaults: {disk-gb: 60, spot: never}"],
    ["Lambda", "execution: lambda", ec2, undefined],
    ["an image that both have", "execution: ec2, image: both", lambda, images],
    ["an image that only Lambda has", "execution: lambda, image: one", [], images],
    ["an image that nobody has defined", "execution: ec2, image: any", [], undefined],
    ["an execution that the operator does not allow", "execution: lambda", [], "executions: [lambda]"],
  ])("%s", (_, keys, machines, policy) => {
    const outcome = planned({ labels: ["mayfly/b"], file: `runners: {b: {${keys}}}`, policy });
    expect(outcome.outcome === "launch" && outcome.alternatives.map(({ machine }) => machine)).toEqual(machines);
  });

  test("of an override in the label", () => {
    expect(planned({ labels: ["mayfly/ec2/disk-gb=11"] })).toMatchObject({ outcome: "launch", alternatives: [] });
    const small = planned({ labels: ["mayfly/ec2/disk-gb=10"] });
    expect(small).toMatchObject({ alternatives: [{ execution: "lambda", machine: "Lambda with 3008 MB" }] });
  });
});
