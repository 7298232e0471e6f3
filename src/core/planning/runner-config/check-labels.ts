import { labelSet as comparedLabels } from "../../model/pool.ts";
import type { CheckedRunner } from "./checked-runner.ts";

/** Notes `labels` without `self-hosted`, and sets of labels that another runner has already: at the list. */
export function checkLabels(runners: readonly CheckedRunner[]): void {
  const owners = new Map<string, string>();
  for (const { title, values, path, problems } of runners) {
    const { labels } = values;
    if (labels === undefined) continue;
    const at = [...path, "labels"];
    if (!labels.some((label) => label.toLowerCase() === "self-hosted")) {
      const message = `\`labels\` of ${title} must hold \`self-hosted\`: jobs without it are those of others.`;
      problems.add("MF-CONFIG-LABELS", "value", at, message);
    }
    const set = labelSet(labels);
    const owner = owners.get(set);
    if (owner === undefined) owners.set(set, title);
    else {
      const message = `${title} has the same \`labels\` as ${owner}, so that nobody knows whose jobs they are.`;
      problems.add("MF-CONFIG-LABELS-TWICE", "value", at, message);
    }
  }
}

/** Equal texts for sets that GitHub takes for equal: it knows neither order nor upper case. */
export function labelSet(labels: readonly string[]): string {
  return JSON.stringify(comparedLabels(labels));
}
