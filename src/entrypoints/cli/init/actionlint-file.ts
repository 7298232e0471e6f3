import { yamlReader } from "../../../adapters/yaml/yaml-reader.ts";
import { hasPrefix } from "../../../core/planning/labels/has-prefix.ts";
import { readMapping } from "../../../core/planning/runner-config/read-mapping.ts";
import type { LabelUse } from "./label-use.ts";

/** Slashes of labels that are written every day: `mayfly/NAME/key=value/run=…`. */
const usualSlashes = 3;

/**
 * Patterns by which actionlint (https://github.com/rhysd/actionlint/blob/main/docs/config.md) knows Mayfly's labels: its
 * `*` does not match a slash, hence one for each depth.
 */
export function actionlintPatterns({ sets, labelPrefix }: LabelUse): string[] {
  const own = sets.flatMap(({ labels }) => labels.filter((label) => hasPrefix(label, labelPrefix)));
  // without the `run=` that is no part of these sets
  const slashes = Math.max(usualSlashes, ...own.map((label) => label.split("/").length));
  return Array.from({ length: slashes + 1 }, (_, depth) => `${labelPrefix}${"/*".repeat(depth)}`);
}

/** The text of a first `.github/actionlint.yaml`. */
export function actionlintFile(patterns: readonly string[]): string {
  const lines = [
    "self-hosted-runner:",
    "  # `*` does not match a slash here, hence one line for each depth.",
    "  labels:",
    ...patterns.map((pattern) => `    - ${pattern}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** Those of the patterns that an existing configuration of actionlint does not list. */
export function missingPatterns(text: string, patterns: readonly string[]): string[] {
  const file = new Map(readMapping(yamlReader().read(text).value));
  const labels = new Map(readMapping(file.get("self-hosted-runner"))).get("labels");
  const listed: readonly unknown[] = Array.isArray(labels) ? labels : [];
  return patterns.filter((pattern) => !listed.includes(pattern));
}
