import type { Execution } from "../../model/execution.ts";
import { options } from "../options.ts";
import type { Option, OptionKey, OptionValues } from "../options.ts";

const table: Readonly<Record<OptionKey, Option>> = options;

/** Why a key with this value cannot be on an execution: it has no such thing, or not so much of it. */
export type Impossible = { readonly most: number | undefined; readonly unit: string | undefined };

/** Undefined when the execution can give it. */
export function whyImpossible(key: OptionKey, value: unknown, execution: Execution): Impossible | undefined {
  const { executions, most, unit } = table[key];
  if (!executions.includes(execution)) return { most: undefined, unit };
  const limit = most?.[execution];
  return limit !== undefined && typeof value === "number" && value > limit ? { most: limit, unit } : undefined;
}

/** True when an execution can give all these keys, as much of each as is asked for. */
export function canRun(values: OptionValues, execution: Execution): boolean {
  const keys = Object.keys(values) as OptionKey[];
  return keys.every((key) => values[key] === undefined || whyImpossible(key, values[key], execution) === undefined);
}
