import type { Execution } from "../../model/execution.ts";
import type { MachineSpec } from "../../model/machine.ts";
import { summarize } from "../history.ts";
import type { History } from "../history.ts";
import { costOf } from "../machines/cost.ts";
import type { PricedMachine, Prices } from "../machines/prices.ts";

/** Without any run to go by a job counts as this long. */
export const assumedSeconds = 60;

/** How long a job with these labels usually takes: the median of its runs, on this execution if it ran there. */
export function usualSeconds(history: History, execution: Execution): number {
  return summarize(history, { execution }).p50Seconds ?? summarize(history).p50Seconds ?? assumedSeconds;
}

/** What one job of so many seconds costs on the machine; undefined when a price is not known. */
export function costOn(
  execution: Execution,
  spec: MachineSpec,
  seconds: number,
  prices: Prices,
): { readonly machine: string; readonly usd: number | undefined } {
  const machine = priced(execution, spec);
  if (machine === undefined) return { machine: execution, usd: undefined };
  const name = machine.execution === "lambda" ? `Lambda with ${machine.memoryMb} MB` : machine.instanceType;
  return { machine: name, usd: costOf(machine, seconds, prices) };
}

function priced(execution: Execution, spec: MachineSpec): PricedMachine | undefined {
  if (execution === "lambda") return { execution, memoryMb: spec.memoryMb, arch: spec.arch };
  const [instanceType] = spec.instanceTypes ?? [];
  if (execution !== "ec2" || instanceType === undefined) return undefined;
  // Nobody knows beforehand whether spot will be had: the dearer price is no disappointment.
  const market = spec.spot === "only" ? "spot" : "on-demand";
  return { execution, instanceType, market, diskGb: spec.diskGb };
}
