import { nearest } from "../nearest.ts";
import { options } from "../options.ts";
import type { NumberRule, Option, OptionKey } from "../options.ts";
import { shown } from "./shown.ts";

const table: Readonly<Record<OptionKey, Option>> = options;

/** Digits only: no sign, no exponent, nothing that a number could hide in. */
const numberPattern = /^\d{1,9}(?:\.\d{1,9})?$/;

/**
 * The value of `key=text` in a label, in lower case, by the table of options; `wrong` is a sentence part that says what
 * the key takes.
 */
export function readOverride(key: OptionKey, text: string): { readonly value: unknown } | { readonly wrong: string } {
  const { rule, unit } = table[key];
  const written = shown(`${key}=${text}`);
  switch (rule.type) {
    case "number": {
      const value = numberPattern.test(text) ? Number(text) : Number.NaN;
      const isWhole = Number.isInteger(value);
      const fits = rule.whole ? isWhole && value >= rule.least && value <= (rule.most ?? value) : value > 0;
      return fits ? { value } : { wrong: `${written}: \`${key}\` takes ${describeNumber(rule, unit)}` };
    }
    case "choice": {
      if (rule.values.includes(text)) return { value: text };
      const meant = nearest(text, rule.values);
      const remedy = meant === undefined ? `\`${key}\` takes ${rule.values.join(", ")}` : `did you mean \`${meant}\`?`;
      return { wrong: `${written}: ${remedy}` };
    }
    default:
      return { wrong: `\`${key}\` can be set in \`.github/runner.yml\` only` };
  }
}

function describeNumber(rule: NumberRule, unit: string | undefined): string {
  const of = unit === undefined ? "" : ` of ${unit}`;
  if (!rule.whole) return `a number${of} above 0`;
  const { least, most } = rule;
  return `a whole number${of}, ${most === undefined ? `${least} or more` : `${least} to ${most}`}`;
}
