import { describeNumbers } from "../src/core/planning/runner-config/check-value.ts";
import type { FileKey, FileRule } from "../src/core/planning/runner-config/file-rule.ts";

/** A key of a file for a page: heading, description, and what follows from the table in points. */
export function keySection(
  heading: string,
  title: string,
  key: FileKey,
  more: readonly (readonly [string, string])[] = [],
): string[] {
  const { description, unit, rule, required } = key;
  const points: readonly (readonly [string, string | undefined])[] = [
    ["Value", valueText(rule)],
    ["Unit", unit],
    ["Default", required === true ? "none, it must be there" : defaultText(key)],
    ...more,
  ];
  const shown = points.flatMap(([name, text]) => (text === undefined ? [] : [`- **${name}:** ${text}`]));
  return [`${heading} ${title}`, "", description, "", ...shown, ""];
}

function defaultText({ default: text, rule }: FileKey): string | undefined {
  if (text === undefined) return rule.type === "keys" ? undefined : "none";
  const isWord = rule.type === "choice" && rule.values.includes(text);
  return isWord || /^\d+$/.test(text) ? `\`${text}\`` : text;
}

/** What a rule takes, in words. */
export function valueText(rule: FileRule): string {
  switch (rule.type) {
    case "choice":
      return `one of ${quoted(rule.values)}`;
    case "number":
      return describeNumbers(rule);
    case "list":
      return `a list of ${rule.fewest} to ${rule.most}, each ${rule.what} such as \`${rule.example}\``;
    case "name":
      return "a name that the operator's policy defines";
    case "text":
      return `${rule.what} such as \`${rule.example}\``;
    case "items":
      return `a list of ${rule.fewest} to ${rule.most}, each ${valueText(rule.of)}`;
    case "names":
      return `a mapping of names to ${rule.many}, each ${valueText(rule.of)}`;
    default:
      return `a mapping of ${quoted(Object.keys(rule.keys))}`;
  }
}

/** Words as code. */
export function quoted(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(", ");
}
