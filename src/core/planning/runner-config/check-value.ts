import { nearest } from "../nearest.ts";
import type { ChoiceRule, ListRule, NameRule, NumberRule, Rule } from "../options.ts";
import { describeValue, listWords } from "./describe-value.ts";
import type { TextRule } from "./file-rule.ts";
import type { ProblemCode } from "./problem.ts";
import { namePattern, nameRule } from "./runner-name.ts";

/** Something wrong with a value, or with the item of it that `path` leads to. */
export type ValueFinding = {
  readonly code: ProblemCode;
  readonly message: string;
  readonly path: readonly number[];
};

/** `value`: what was written, or its usable part; undefined when nothing of it can be used. */
export type CheckedValue = { readonly value: unknown; readonly findings: readonly ValueFinding[] };

/** A value that is checked, for sentences about it. */
export type Subject = {
  /** `` `cpu` `` */
  readonly title: string;
  /** How a better value is written: `cpu: 4`. */
  readonly write: (value: string) => string;
  /** What an entry of a list was probably meant to be. */
  readonly suggest?: (entry: string) => string | undefined;
};

/** Holds the value of `key` against its rule. Nothing is converted. */
export function checkValue(key: string, rule: Rule | TextRule, value: unknown): CheckedValue {
  return checkSubject(subjectOf(key), rule, value);
}

/** The value of a key. */
export function subjectOf(key: string): Subject {
  return { title: `\`${key}\``, write: (text) => `${key}: ${text}` };
}

/** As `checkValue`, of something that has no key of its own. */
export function checkSubject(subject: Subject, rule: Rule | TextRule, value: unknown): CheckedValue {
  switch (rule.type) {
    case "choice":
      return checkChoice(subject, rule, value);
    case "number":
      return checkNumber(subject, rule, value);
    case "list":
      return checkList(subject, rule, value);
    case "name":
      return checkName(subject, rule, value);
    default:
      return checkText(subject, rule, value);
  }
}

function checkChoice({ title }: Subject, { values }: ChoiceRule, value: unknown): CheckedValue {
  if (typeof value === "string" && values.includes(value)) return right(value);
  const meant = typeof value === "string" ? nearest(value, values) : undefined;
  const remedy = meant === undefined ? `Use ${listWords(values, "or", values.length)}.` : `Did you mean \`${meant}\`?`;
  return wrong(`${title} cannot be ${describeValue(value)}. ${remedy}`);
}

function checkNumber({ title, write }: Subject, rule: NumberRule, value: unknown): CheckedValue {
  if (typeof value === "number" && isNumberOf(rule, value)) return right(value);
  const meant = typeof value === "string" ? value.trim() : "";
  const isNumber = /^\d{1,15}(?:\.\d{1,9})?$/.test(meant) && isNumberOf(rule, Number(meant));
  const remedy = isNumber ? ` Write \`${write(String(Number(meant)))}\`, without quotes.` : "";
  return wrong(`${title} must be ${describeNumbers(rule)}, found ${describeValue(value)}.${remedy}`);
}

function isNumberOf(rule: NumberRule, value: number): boolean {
  if (!rule.whole) return Number.isFinite(value) && value > 0;
  return Number.isSafeInteger(value) && value >= rule.least && value <= (rule.most ?? Number.MAX_SAFE_INTEGER);
}

/** Which numbers a rule takes: "a whole number from 1 on". */
export function describeNumbers(rule: NumberRule): string {
  if (!rule.whole) return "a number above 0";
  return `a whole number from ${rule.least} ${rule.most === undefined ? "on" : `to ${rule.most}`}`;
}

function checkName({ title, write }: Subject, { what }: NameRule, value: unknown): CheckedValue {
  if (typeof value === "string" && namePattern.test(value)) return right(value);
  const isScalar = typeof value === "number" || typeof value === "boolean";
  const quoted = isScalar && namePattern.test(String(value));
  const remedy = quoted ? `Write \`${write(JSON.stringify(String(value)))}\`.` : `It takes ${nameRule}.`;
  const defines = what === "subnets" ? "a name of subnets" : `the name of ${what === "image" ? "an image" : "a role"}`;
  return wrong(
    `${title} must be ${defines} that the operator's policy defines, found ${describeValue(value)}. ${remedy}`,
  );
}

function checkText({ title }: Subject, { what, example, pattern }: TextRule, value: unknown): CheckedValue {
  if (typeof value === "string" && pattern.test(value)) return right(value);
  return wrong(`${title} must be ${what} such as \`${example}\`, found ${describeValue(value)}.`);
}

function checkList(subject: Subject, rule: ListRule, value: unknown): CheckedValue {
  const { title, write } = subject;
  const { example, fewest, most, pattern } = rule;
  if (!Array.isArray(value)) {
    const shown = typeof value === "string" && pattern.test(value) ? value : example;
    return wrong(`${title} must be a list, found ${describeValue(value)}. Write \`${write(`[${shown}]`)}\`.`);
  }
  if (value.length < fewest || value.length > most) {
    return wrong(`${title} takes ${fewest} to ${most} entries, found ${value.length}.`);
  }
  const seen = new Set<string>();
  const kept: string[] = [];
  const findings = value.flatMap((item: unknown, index): ValueFinding[] => {
    if (typeof item !== "string" || !pattern.test(item)) {
      return [{ code: "MF-CONFIG-VALUE", message: notInList(subject, rule, item), path: [index] }];
    }
    const same = rule.insensitive === true ? item.toLowerCase() : item;
    if (seen.has(same)) {
      return [{ code: "MF-CONFIG-REPEATED", message: `\`${item}\` stands twice in ${title}.`, path: [index] }];
    }
    seen.add(same);
    kept.push(item);
    return [];
  });
  return { value: kept, findings };
}

function notInList({ suggest }: Subject, { what, example, pattern }: ListRule, item: unknown): string {
  const lower = typeof item === "string" ? item.trim().toLowerCase() : "";
  const meant = pattern.test(lower) ? lower : suggest?.(lower);
  const isScalar = typeof item === "number" || typeof item === "boolean";
  const remedy =
    meant !== undefined
      ? `Did you mean \`${meant}\`?`
      : isScalar && pattern.test(String(item))
        ? `Write it in quotes: \`${JSON.stringify(String(item))}\`.`
        : `One looks like \`${example}\`.`;
  return `Not ${what}: ${describeValue(item)}. ${remedy}`;
}

function right(value: unknown): CheckedValue {
  return { value, findings: [] };
}

function wrong(message: string): CheckedValue {
  return { value: undefined, findings: [{ code: "MF-CONFIG-VALUE", message, path: [] }] };
}
