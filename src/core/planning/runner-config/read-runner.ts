import { nearest } from "../nearest.ts";
import { options } from "../options.ts";
import type { Option, OptionKey, OptionValues } from "../options.ts";
import { checkValue } from "./check-value.ts";
import { describeValue, shorten } from "./describe-value.ts";
import type { Path, ProblemList } from "./problem-list.ts";
import { readMapping } from "./read-mapping.ts";

const table: Readonly<Record<OptionKey, Option>> = options;
const keys = Object.keys(options);

/** Reads the keys of one runner by the table of options; what is wrong goes into `problems`. */
export function readRunner(name: string, value: unknown, path: Path, problems: ProblemList): OptionValues {
  const entries = readMapping(value);
  if (entries === undefined) {
    const message = `The runner \`${shorten(name)}\` must be a mapping of keys, found ${describeValue(value)}.`;
    problems.add("MF-CONFIG-SHAPE", "value", path, message);
    return {};
  }
  const values: Partial<Record<OptionKey, unknown>> = {};
  for (const [key, written] of entries) {
    const at = [...path, key];
    if (!isOption(key)) {
      problems.add("MF-CONFIG-KEY", "key", at, unknownKey(key, keys));
      continue;
    }
    const checked = checkValue(key, table[key].rule, written);
    for (const { code, message, path: inside } of checked.findings) {
      problems.add(code, "value", [...at, ...inside], message);
    }
    values[key] = checked.value;
  }
  checkExecution(name, values as OptionValues, entries, { path, problems });
  return values as OptionValues;
}

/** A sentence about a key that is not among those that are known at its place. */
export function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  const remedy =
    meant === undefined ? `Known here: ${known.map((one) => `\`${one}\``).join(", ")}.` : `Did you mean \`${meant}\`?`;
  return `There is no key \`${shorten(key)}\`. ${remedy}`;
}

function isOption(key: string): key is OptionKey {
  return Object.hasOwn(options, key);
}

/** Keys that mean nothing where the runner's jobs are to run. */
function checkExecution(
  name: string,
  { execution }: OptionValues,
  entries: readonly [string, unknown][],
  { path, problems }: { readonly path: Path; readonly problems: ProblemList },
): void {
  if (execution === undefined) return;
  for (const [key] of entries) {
    if (!isOption(key) || table[key].executions.includes(execution)) continue;
    const message =
      `\`${key}\` is for ${table[key].executions.join(" and ")} only, but \`${shorten(name)}\` has ` +
      `\`execution: ${execution}\`. Remove one of the two.`;
    problems.add("MF-CONFIG-EXECUTION", "key", [...path, key], message);
  }
}
