import type { ErrorCode } from "../../errors/catalogue.ts";
import type { Execution } from "../../model/execution.ts";
import { nearest } from "../nearest.ts";
import { labelKeys, options } from "../options.ts";
import type { Option, OptionKey, OptionValues } from "../options.ts";
import { reservedNames } from "../runner-config/runner-name.ts";
import type { KnownRunners, LabelRefusal } from "./label-verdict.ts";
import { readOverride } from "./read-override.ts";
import { shown } from "./shown.ts";

const table: Readonly<Record<OptionKey, Option>> = options;

type OwnLabel = { readonly kind: "own"; readonly runner: string; readonly overrides: OptionValues };

/** Reads `mayfly[/NAME][/key=value…]`, in lower case. Whether NAME is defined is not asked here. */
export function readOwnLabel(label: string, prefix: string, known: KnownRunners): OwnLabel | LabelRefusal {
  const parts = label === prefix ? [] : label.slice(prefix.length + 1).split("/");
  const [first] = parts;
  const named = first !== undefined && !first.includes("=");
  const runner = named ? first : "default";
  if (runner === "") return refused("MF-LABEL-RUNNER", `${shown(label)} has nothing after the slash`);
  if (/[\s,]/.test(runner)) {
    return refused("MF-LABEL-RUNNER", `${shown(label)} is one label to GitHub; several are written as a list`);
  }
  const seen = new Set<string>();
  const overrides: Partial<Record<OptionKey, unknown>> = {};
  for (const part of named ? parts.slice(1) : parts) {
    const at = part.indexOf("=");
    if (at < 0) return refused("MF-LABEL-KEY", noPair(part, label));
    const key = part.slice(0, at);
    if (seen.has(key)) return refused("MF-LABEL-KEY", `${shown(key)} stands twice in ${shown(label)}`);
    seen.add(key);
    if (key === "run") continue;
    if (!isLabelKey(key)) return refused("MF-LABEL-KEY", unknownKey(key));
    const read = readKey(key, part.slice(at + 1), runner, known);
    if ("kind" in read) return read;
    overrides[key] = read.value;
  }
  return { kind: "own", runner, overrides: overrides as OptionValues };
}

/** A key that labels know, as far as policy and runner allow it. */
function readKey(
  key: OptionKey,
  text: string,
  runner: string,
  { runners, labelOverrides: allowed = labelKeys }: KnownRunners,
): { readonly value: unknown } | LabelRefusal {
  if (!allowed.includes(key)) return refused("MF-LABEL-OVERRIDE", notAllowed(key, allowed));
  const read = readOverride(key, text);
  if ("wrong" in read) return refused("MF-LABEL-VALUE", read.wrong);
  const written: OptionValues = runners.get(runner)?.values ?? {};
  if (written["instance-types"] !== undefined && (key === "cpu" || key === "memory-gb")) {
    const detail = `${shown(runner)} names its \`instance-types\`, so \`${key}\` would change nothing`;
    return refused("MF-LABEL-OVERRIDE", detail);
  }
  const execution = reservedNames.includes(runner) ? (runner as Execution) : written.execution;
  if (execution === undefined || execution === "auto") return read;
  return impossibleOn(execution, key, read.value, runner) ?? read;
}

/** Where the runner's jobs run for certain, the key may mean nothing, or the number be too large. */
function impossibleOn(execution: Execution, key: OptionKey, value: unknown, runner: string): LabelRefusal | undefined {
  const { executions, most, unit } = table[key];
  if (!executions.includes(execution)) {
    const detail = `\`${key}\` is for ${executions.join(" and ")} only, and ${shown(runner)} runs on ${execution}`;
    return refused("MF-LABEL-OVERRIDE", detail);
  }
  const limit = most?.[execution];
  if (limit === undefined || typeof value !== "number" || value <= limit) return undefined;
  const amount = unit === undefined ? `${limit}` : `${limit} ${unit}`;
  return refused("MF-LABEL-VALUE", `\`${key}=${value}\`: ${execution} gives ${amount} at most`);
}

function noPair(part: string, label: string): string {
  return part === "" ? `${shown(label)} has an empty part` : `${shown(part)} in ${shown(label)} is no \`key=value\``;
}

function isLabelKey(key: string): key is OptionKey {
  return Object.hasOwn(options, key) && table[key as OptionKey].inLabels;
}

function unknownKey(key: string): string {
  if (Object.hasOwn(options, key)) return `\`${key}\` can be set in \`.github/runner.yml\` only, not in a label`;
  const known = ["run", ...labelKeys];
  const meant = nearest(key, known);
  return `there is no key ${shown(key)}${meant === undefined ? `; known are ${known.join(", ")}` : `; did you mean \`${meant}\`?`}`;
}

function notAllowed(key: OptionKey, allowed: readonly OptionKey[]): string {
  const those = allowed.length === 0 ? "no key at all" : allowed.map((one) => `\`${one}\``).join(", ");
  return `\`${key}\` is not allowed in labels here; allowed is ${those}`;
}

function refused(code: ErrorCode, detail: string): LabelRefusal {
  return { kind: "refused", code, detail };
}
