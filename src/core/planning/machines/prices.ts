import type { Execution } from "../../model/execution.ts";
import { pricesDate } from "./families.ts";
import { machineTypes } from "./instance-types.ts";

/** Prices of one region, USD. What is missing is unknown, and never a reason to refuse. */
export type Prices = {
  readonly region: string;
  /** Day of the prices, `2026-11-01`. */
  readonly date: string;
  /** On demand, an hour, by type; spot costs `spotShare` of it. */
  readonly instanceHours: ReadonlyMap<string, number>;
  readonly spotShare: number;
  /**
   * A GB-second of Lambda, by architecture; one of /tmp beyond the 512 MB that are free; and what each invocation with
   * a tenant of its own costs beside them, by the function's memory.
   */
  readonly lambda: {
    readonly gbSecond: Readonly<Record<"x64" | "arm64", number>>;
    readonly tmpGbSecond: number;
    readonly perGbOfTenant: number;
  };
  /** A GB-month of gp3 and an hour of a public IPv4 address. */
  readonly diskGbMonth: number;
  readonly ipv4Hour: number;
  /** What receiving, planning and reporting one job costs. */
  readonly controlPlanePerJob: number;
};

/** One machine for one job. */
export type PricedMachine =
  | { readonly execution: Extract<Execution, "lambda">; readonly memoryMb: number; readonly arch: "x64" | "arm64" }
  | {
      readonly execution: Extract<Execution, "ec2">;
      readonly instanceType: string;
      readonly market: "spot" | "on-demand";
      readonly diskGb: number;
    };

/**
 * List prices of us-east-1. Instances: see families.ts. Lambda, with /tmp and tenants:
 * https://aws.amazon.com/lambda/pricing/; disk: https://aws.amazon.com/ebs/pricing/; address:
 * https://aws.amazon.com/vpc/pricing/. The share of spot is an assumption, as AWS changes spot prices all the time; the
 * control plane was counted: deliveries and a machine's requests with their functions, messages, records, logs and traces
 * (docs/operations.md has the sum).
 */
export const defaultPrices: Prices = {
  region: "us-east-1",
  date: pricesDate,
  instanceHours: new Map(
    [...machineTypes.values()].flatMap(({ name, usdPerHour }) =>
      usdPerHour === undefined ? [] : [[name, usdPerHour]],
    ),
  ),
  spotShare: 0.45,
  lambda: {
    gbSecond: { x64: 0.0000166667, arm64: 0.0000133334 },
    tmpGbSecond: 0.0000000309,
    perGbOfTenant: 0.000167,
  },
  diskGbMonth: 0.08,
  ipv4Hour: 0.005,
  controlPlanePerJob: 0.00023,
};
