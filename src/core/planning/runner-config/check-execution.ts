import { options } from "../options.ts";
import type { Option, OptionKey } from "../options.ts";
import type { CheckedRunner } from "./checked-runner.ts";
import { whyImpossible } from "./possible.ts";

const table: Readonly<Record<OptionKey, Option>> = options;

/** Notes keys that mean nothing where the runner's jobs are to run, at the key, and numbers too large for it, at the number. */
export function checkExecution({ title, values, written, path, problems }: CheckedRunner): void {
  const { execution } = values;
  if (execution === undefined || execution === "auto") return;
  for (const key of Object.keys(table) as OptionKey[]) {
    const why = written.has(key) ? whyImpossible(key, values[key], execution) : undefined;
    if (why === undefined) continue;
    const has = `${title} has \`execution: ${execution}\``;
    const message =
      why.most === undefined
        ? `\`${key}\` is for ${table[key].executions.join(" and ")} only, but ${has}. Remove one of the two.`
        : `\`${key}: ${String(values[key])}\` is more than ${execution} has: at most ${why.most} ${why.unit ?? ""}, ` +
          `and ${has}. Lower it, or let the jobs run elsewhere.`;
    problems.add("MF-CONFIG-EXECUTION", why.most === undefined ? "key" : "value", [...path, key], message);
  }
}
