import { nearest } from "../nearest.ts";
import type { ChoiceRule, ListRule, Rule } from "../options.ts";
import { describeValue } from "./describe-value.ts";
import type { ProblemCode } from "./problem.ts";

/** Something wrong with a value, or with the item of it that `path` leads to. */
export type ValueFinding = {
  readonly code: ProblemCode;
  readonly message: string;
  readonly path: readonly number[];
};

export type CheckedValue = { readonly value: unknown; readonly findings: readonly ValueFinding[] };

/** Holds the value of `key` against its rule. Nothing is converted: `value` is what was written, or its usable part. */
export function checkValue(key: string, rule: Rule, value: unknown): CheckedValue {
  return rule.type === "choice" ? checkChoice(key, rule, value) : checkList(key, rule, value);
}

function checkChoice(key: string, rule: ChoiceRule, value: unknown): CheckedValue {
  const { values, later = [] } = rule;
  if (typeof value === "string" && values.includes(value)) return { value, findings: [] };
  if (typeof value === "string" && later.includes(value)) {
    const message = `\`${key}: ${value}\` is planned but not there yet. ${useOneOf(values)}, or leave the key out.`;
    return wrong(message, "MF-CONFIG-NOT-YET");
  }
  const meant = typeof value === "string" ? nearest(value, values) : undefined;
  const remedy = meant === undefined ? `${useOneOf(values)}.` : `Did you mean \`${meant}\`?`;
  return wrong(`\`${key}\` cannot be ${describeValue(value)}. ${remedy}`);
}

function checkList(key: string, rule: ListRule, value: unknown): CheckedValue {
  const { what, example, fewest, most } = rule;
  if (!Array.isArray(value)) {
    const shown = typeof value === "string" && rule.pattern.test(value) ? value : example;
    return wrong(`\`${key}\` must be a list, found ${describeValue(value)}. Write \`${key}: [${shown}]\`.`);
  }
  if (value.length < fewest || value.length > most) {
    return wrong(`\`${key}\` takes ${fewest} to ${most} entries, found ${value.length}.`);
  }
  const findings = value.flatMap((item: unknown, index): ValueFinding[] => {
    if (typeof item !== "string" || !rule.pattern.test(item)) {
      const lower = typeof item === "string" ? item.trim().toLowerCase() : "";
      const remedy = rule.pattern.test(lower) ? `Did you mean \`${lower}\`?` : `One looks like \`${example}\`.`;
      return [{ code: "MF-CONFIG-VALUE", message: `Not ${what}: ${describeValue(item)}. ${remedy}`, path: [index] }];
    }
    if (value.indexOf(item) === index) return [];
    return [{ code: "MF-CONFIG-REPEATED", message: `\`${item}\` stands twice in \`${key}\`.`, path: [index] }];
  });
  return { value: [...new Set<unknown>(value)], findings };
}

function wrong(message: string, code: ProblemCode = "MF-CONFIG-VALUE"): CheckedValue {
  return { value: undefined, findings: [{ code, message, path: [] }] };
}

function useOneOf(values: readonly string[]): string {
  const quoted = values.map((value) => `\`${value}\``);
  return `Use ${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1) ?? ""}`;
}
