import type { ErrorCode } from "../errors/catalogue.ts";

/** What a job's labels ask of us. */
export type LabelVerdict =
  | { readonly kind: "not-ours" }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly detail: string }
  | { readonly kind: "ours"; readonly runner: string; readonly label: string };

/** Labels of systems and architectures that people put beside ours, and whether our runners have them. */
const systems: Readonly<Record<string, boolean>> = {
  linux: true,
  windows: false,
  macos: false,
  x64: true,
  arm64: false,
  arm: false,
};

/** True when a label begins with the prefix as a whole word: `mayfly`, `mayfly/…`. */
function hasPrefix(label: string, prefix: string): boolean {
  return label === prefix || label.startsWith(`${prefix}/`);
}

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
 * Reads `mayfly[/NAME][/run=…]`, case-insensitively. Ours is a job with one label of the prefix; everything that
 * could never match a runner of ours is refused with the reason instead of waiting for ever.
 */
export function readLabels(labels: readonly string[], prefix: string): LabelVerdict {
  const lower = labels.map((label) => label.toLowerCase());
  const own = lower.filter((label) => hasPrefix(label, prefix));
  const [label, second] = own;
  if (label === undefined) return { kind: "not-ours" };
  if (second !== undefined && second !== label) return refused("MF-LABEL-TWICE", `${label} and ${second}`);
  for (const other of lower) {
    if (other === label || other === "self-hosted" || systems[other] === true) continue;
    if (systems[other] === false) return refused("MF-LABEL-CONTRADICTION", other);
    return refused("MF-LABEL-BESIDE", other);
  }
  return readOwnLabel(label, prefix);
}

function readOwnLabel(label: string, prefix: string): LabelVerdict {
  const [first, ...rest] = label === prefix ? [] : label.slice(prefix.length + 1).split("/");
  if (first === undefined) return { kind: "ours", runner: "default", label };
  const named = !first.includes("=");
  const runner = named ? first : "default";
  if (runner === "") return refused("MF-LABEL-RUNNER", `${label} (nothing after the slash)`);
  const keys = named ? rest : [first, ...rest];
  const seen = new Set<string>();
  for (const part of keys) {
    const key = part.slice(0, Math.max(0, part.indexOf("=")));
    if (key !== "run") return refused("MF-LABEL-KEY", part === "" ? `${label} (an empty part)` : part);
    if (seen.has(key)) return refused("MF-LABEL-KEY", `${key} stands twice in ${label}`);
    seen.add(key);
  }
  return { kind: "ours", runner, label };
}

function refused(code: ErrorCode, detail: string): LabelVerdict {
  return { kind: "refused", code, detail };
}
