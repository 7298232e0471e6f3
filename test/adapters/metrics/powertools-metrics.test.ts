import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { powertoolsMetrics } from "../../../src/adapters/metrics/powertools-metrics.ts";
import { metricRules } from "../../../src/core/metrics.ts";

const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  jest.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    lines.push(...String(chunk).split("\n").filter(Boolean));
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

type Emf = Readonly<Record<string, unknown>> & {
  readonly ["_aws"]: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
};

function written(): Emf[] {
  return lines.map((line) => JSON.parse(line) as Emf);
}

describe("measurements as CloudWatch reads them", () => {
  test("one line for each set of dimensions, the stack first, nothing else among them", () => {
    const metrics = powertoolsMetrics("mayfly-test");
    metrics.record("RunTime", 3, { execution: "lambda" });
    metrics.record("QueueToStart", 1.5, { execution: "lambda" });
    metrics.record("RunTime", 4, { execution: "lambda" });
    metrics.record("JobsQueued", 1, {});
    expect(lines).toEqual([]);
    metrics.flush();
    const [first, second, ...others] = written();
    expect(others).toEqual([]);
    expect(first?.["_aws"].CloudWatchMetrics).toEqual([
      {
        Namespace: "Mayfly",
        Dimensions: [["stack", "execution"]],
        Metrics: [
          { Name: "RunTime", Unit: "Seconds" },
          { Name: "QueueToStart", Unit: "Seconds" },
        ],
      },
    ]);
    expect(first).toMatchObject({ stack: "mayfly-test", execution: "lambda", RunTime: [3, 4], QueueToStart: 1.5 });
    expect(second?.["_aws"].CloudWatchMetrics[0]?.Dimensions).toEqual([["stack"]]);
    metrics.flush();
    expect(lines).toHaveLength(2);
  });

  test("hundreds of values keep their dimensions, and none is lost", () => {
    const metrics = powertoolsMetrics("mayfly-test");
    for (let value = 1; value <= 230; value += 1) metrics.record("RunTime", value, { execution: "ec2" });
    metrics.flush();
    const all = written();
    expect(new Set(all.map((one) => JSON.stringify(one["_aws"].CloudWatchMetrics[0]?.Dimensions)))).toEqual(
      new Set(['[["stack","execution"]]']),
    );
    const values = all.flatMap((one) => one["RunTime"] as number[]);
    expect(values.reduce((sum, value) => sum + value, 0)).toBe((230 * 231) / 2);
  });

  test("what is no number is left out", () => {
    const metrics = powertoolsMetrics("mayfly-test");
    metrics.record("RunTime", Number.NaN, { execution: "ec2" });
    metrics.record("RunTime", Number.POSITIVE_INFINITY, { execution: "ec2" });
    metrics.flush();
    expect(lines).toEqual([]);
  });

  test("no metric has a repository, a job or a person among its dimensions", () => {
    const dimensions = new Set(Object.values(metricRules).flatMap((rule) => [...rule.dimensions]));
    expect([...dimensions].toSorted()).toEqual(["conclusion", "execution", "scope", "state"]);
  });
});
