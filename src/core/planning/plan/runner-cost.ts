import { candidateOf } from "../../model/runner.ts";
import type { Runner } from "../../model/runner.ts";
import { defaultPrices } from "../machines/prices.ts";
import { costOn } from "./estimate.ts";

/** From its claim to its end, USD by list prices; nothing without a claim, or where a price is not known. */
export function costOfRunner(runner: Runner, endedAtMs: number): number {
  if (runner.claimedAtMs === undefined) return 0;
  const seconds = (endedAtMs - runner.claimedAtMs) / 1000;
  const candidate = candidateOf(runner);
  const instanceTypes = candidate === undefined ? runner.spec.instanceTypes : [candidate.instanceType];
  const spot = candidate?.market === "spot" ? "only" : "never";
  return costOn(runner.execution, { ...runner.spec, instanceTypes, spot }, seconds, defaultPrices).usd ?? 0;
}
