import type { RunnerDefinition } from "../runner-config/runner-config.ts";

/** The name of the runner whose `labels` are exactly this set, in lower case; it must hold `self-hosted`. */
export function runnerOfSet(
  labels: ReadonlySet<string>,
  runners: ReadonlyMap<string, RunnerDefinition>,
): string | undefined {
  // so that jobs of others are never touched, whatever a definition says
  if (!labels.has("self-hosted")) return undefined;
  for (const [name, { values }] of runners) {
    const wanted = new Set(values.labels?.map((label) => label.toLowerCase()));
    if (wanted.size === labels.size && [...wanted].every((label) => labels.has(label))) return name;
  }
  return undefined;
}
