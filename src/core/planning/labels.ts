import type { Arch } from "../model/machine.ts";
import { labelSet } from "../model/pool.ts";
import { hasPrefix } from "./labels/has-prefix.ts";
import type { KnownRunners, LabelRefusal, LabelVerdict } from "./labels/label-verdict.ts";
import { nearMissOf } from "./labels/near-miss.ts";
import { readOwnLabel } from "./labels/read-own-label.ts";
import { runnerOfSet } from "./labels/runner-of-set.ts";
import { shown } from "./labels/shown.ts";

export type { KnownRunners, LabelVerdict } from "./labels/label-verdict.ts";

/** Labels of systems and architectures that people put beside ours; true: all our runners are such machines. */
const systems: Readonly<Record<string, boolean | Arch>> = {
  linux: true,
  windows: false,
  macos: false,
  x64: "x64",
  arm64: "arm64",
  arm: false,
};

/**
 * The webhook's cheap question: can this be a job of ours at all? It drops the event without any call unless a label
 * begins with the prefix or is `self-hosted`.
 */
export function mayBeOurs(labels: readonly string[], prefix: string): boolean {
  return labels.some((label) => {
    const lower = label.toLowerCase();
    return lower === "self-hosted" || hasPrefix(lower, prefix);
  });
}

/**
 * Reads the labels of a job, case-insensitively and in whatever order. Ours is a job with one label of the prefix,
 * `mayfly[/NAME][/key=value…]`, or with exactly the labels that a runner of the file lists. Everything that could never
 * match a runner of ours is refused with the reason instead of waiting for ever.
 */
export function readLabels(labels: readonly string[], prefix: string, known: KnownRunners): LabelVerdict {
  // sorted: nothing that is read from labels depends on how their author ordered them
  const lower = labelSet(labels);
  const [label, second] = lower.filter((one) => hasPrefix(one, prefix));
  if (second !== undefined) {
    return { kind: "refused", code: "MF-LABEL-TWICE", detail: `${shown(label ?? "")} and ${shown(second)}` };
  }
  if (label === undefined) return readSet(lower, prefix, known);
  const own = readOwnLabel(label, prefix, known);
  if (own.kind === "refused") return own;
  const { runner, overrides } = own;
  const others = lower.filter((other) => other !== label);
  const arch = overrides.arch ?? known.runners.get(runner)?.values.arch ?? known.defaultArch ?? "x64";
  const refusal = contradiction(others, arch) ?? foreign(others);
  return refusal ?? { kind: "ours", runner, by: "label", label, overrides };
}

/** Labels without one of ours. */
function readSet(labels: readonly string[], prefix: string, known: KnownRunners): LabelVerdict {
  const runner = runnerOfSet(new Set(labels), known.runners);
  if (runner === undefined) {
    const nearMiss = nearMissOf(labels, prefix, known);
    return nearMiss === undefined ? { kind: "not-ours" } : { kind: "not-ours", nearMiss };
  }
  const arch = known.runners.get(runner)?.values.arch ?? known.defaultArch ?? "x64";
  const refusal = contradiction(labels, arch);
  return refusal ?? { kind: "ours", runner, by: "set", label: undefined, overrides: {} };
}

/** A label for a system or an architecture that the runner does not have. */
function contradiction(labels: readonly string[], arch: Arch): LabelRefusal | undefined {
  const wrong = labels.find((label) => {
    const system = Object.hasOwn(systems, label) ? systems[label] : undefined;
    return system !== undefined && system !== true && system !== arch;
  });
  if (wrong === undefined) return undefined;
  return {
    kind: "refused",
    code: "MF-LABEL-CONTRADICTION",
    detail: `\`${wrong}\`, and the runner is linux and ${arch}`,
  };
}

/** A label beside ours that no runner of ours will ever have. */
function foreign(labels: readonly string[]): LabelRefusal | undefined {
  const wrong = labels.find((label) => label !== "self-hosted" && !Object.hasOwn(systems, label));
  return wrong === undefined ? undefined : { kind: "refused", code: "MF-LABEL-BESIDE", detail: shown(wrong) };
}

/**
 * What plans, workflows and history compare labels by: lower case, sorted, without doubles and without the `run=` of
 * the Mayfly label, which only keeps jobs apart. `[Self-hosted, mayfly/build/run=1]` is `[mayfly/build, self-hosted]`.
 */
export function labelSetOf(labels: readonly string[], prefix: string): string[] {
  return labelSet(labels.map((label) => withoutRun(label.toLowerCase(), prefix)));
}

/** The same as one text. */
export function labelSetKey(labels: readonly string[], prefix: string): string {
  return JSON.stringify(labelSetOf(labels, prefix));
}

function withoutRun(label: string, prefix: string): string {
  if (!hasPrefix(label, prefix)) return label;
  return label
    .split("/")
    .filter((part) => !part.startsWith("run="))
    .join("/");
}
