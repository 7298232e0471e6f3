import { describe, expect, test } from "@jest/globals";
import { costOf, describeUsd } from "../../../../src/core/planning/machines/cost.ts";
import { defaultPrices } from "../../../../src/core/planning/machines/prices.ts";
import type { PricedMachine } from "../../../../src/core/planning/machines/prices.ts";

const machines = {
  "Lambda x64": { execution: "lambda", memoryMb: 3008, arch: "x64" },
  "Lambda arm64": { execution: "lambda", memoryMb: 3008, arch: "arm64" },
  "c7i.large": { execution: "ec2", instanceType: "c7i.large", market: "on-demand", diskGb: 40 },
  "c7i.large on spot": { execution: "ec2", instanceType: "c7i.large", market: "spot", diskGb: 40 },
} as const satisfies Record<string, PricedMachine>;

/** A tenant of 3,008 MB: 2.9375 GB at $0.000167. */
const tenant = 0.49;

// Computed by hand: seconds paid × (GB × price of a GB-second + 9.5 GB of /tmp), or seconds paid × (instance + 40 GB of
// gp3 + address). 20 s on Lambda: 32 × (2.9375 × 0.0000166667 + 9.5 × 0.0000000309) = $0.001576.
test.each<[keyof typeof machines, readonly [seconds: number, usdPer1000Jobs: number][], number]>([
  [
    "Lambda x64",
    [
      [20, 1.58],
      [60, 3.55],
      [180, 9.46],
      [600, 30.14],
    ],
    tenant,
  ],
  [
    "Lambda arm64",
    [
      [20, 1.26],
      [60, 2.84],
      [180, 7.58],
      [600, 24.15],
    ],
    tenant,
  ],
  [
    "c7i.large",
    [
      [20, 2.05],
      [60, 3.15],
      [180, 6.44],
      [600, 17.95],
      [1800, 50.82],
    ],
    0,
  ],
  [
    "c7i.large on spot",
    [
      [20, 1.03],
      [60, 1.58],
      [180, 3.23],
      [600, 9.01],
      [1800, 25.53],
    ],
    0,
  ],
])("1,000 jobs on %s", (name, table, beside) => {
  for (const [seconds, usd] of table) {
    const perJob = costOf(machines[name], seconds, defaultPrices) ?? NaN;
    const controlPlane = 0.23;
    expect(Math.abs(perJob * 1000 - beside - controlPlane - usd)).toBeLessThan(0.011);
  }
});

describe("EC2", () => {
  test("is paid for a minute at least, which the start alone nearly takes", () => {
    const [none, short, longer] = [0, 5, 6].map((seconds) => costOf(machines["c7i.large"], seconds, defaultPrices));
    expect(short).toBe(none);
    expect(longer).toBeGreaterThan(short ?? NaN);
  });

  test("disk and address cost the same on spot", () => {
    const prices = { ...defaultPrices, spotShare: 1 };
    expect(costOf(machines["c7i.large on spot"], 60, prices)).toBe(costOf(machines["c7i.large"], 60, prices));
    const withoutInstance = { ...defaultPrices, instanceHours: new Map([["c7i.large", 0]]) };
    expect(costOf(machines["c7i.large on spot"], 60, withoutInstance)).toBe(
      costOf(machines["c7i.large"], 60, withoutInstance),
    );
  });

  test("a larger disk costs more: 100 GB more for an hour are 100 × $0.08 / 730", () => {
    const large = costOf({ ...machines["c7i.large"], diskGb: 140 }, 3545, defaultPrices) ?? NaN;
    expect(large - (costOf(machines["c7i.large"], 3545, defaultPrices) ?? NaN)).toBeCloseTo(8 / 730, 9);
  });

  test.each(["r9g.large", "g5.xlarge"])("a type without a price (%s) has no cost", (instanceType) => {
    expect(costOf({ ...machines["c7i.large"], instanceType }, 60, defaultPrices)).toBeUndefined();
  });
});

test("the prices say where and when", () => {
  expect(defaultPrices).toMatchObject({ region: "us-east-1", date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
});

test.each([
  [0, "$0.00"],
  [0.00001, "less than $0.0001"],
  [0.00005, "$0.0001"],
  [0.0025, "$0.0025"],
  [0.00312, "$0.0031"],
  [0.25, "$0.2500"],
  [0.99994, "$0.9999"],
  [0.99996, "$1.00"],
  [1, "$1.00"],
  [12.3, "$12.30"],
])("%d: %s", (usd, text) => {
  expect(describeUsd(usd)).toBe(text);
});
