import { visibleText } from "./visible-text.ts";

/** Text that other people chose (names, branches), made harmless for GitHub's Markdown: no markup, no line break. */
export function escapeMarkdown(text: string): string {
  return visibleText(text).replaceAll(/[\\`*_{}[\]()#+!|<>~@&$]/g, (char) => `&#${char.codePointAt(0) ?? 32};`);
}

/**
 * The same for text that GitHub shows: it looks for people, issues and addresses in what Markdown has become, where
 * an escaped character is that character again. Only something between its parts keeps `@name` from being a mention;
 * Renovate, which quotes strangers' texts as well, puts the same zero-width space there (renovatebot/renovate#1238).
 */
export function inertMarkdown(text: string): string {
  return escapeMarkdown(text)
    .replaceAll("&#64;", "&#64;&#8203;")
    .replaceAll(/&#35;(?=\d)|\bGH-(?=\d)/gi, "$&&#8203;")
    .replaceAll("://", "&#58;&#8203;//")
    .replaceAll(/\b(www)\./gi, "$1&#46;&#8203;");
}

/** Longer addresses are no page of a job, and leave less room for the other rows of a table. */
const mostAddressCharacters = 1000;

/** Where a Markdown link leads: a web address that cannot end the link before its end, undefined for any other text. */
export function linkTarget(url: string | undefined): string | undefined {
  if (url === undefined || url.length > mostAddressCharacters || !/^https?:\/\//i.test(url)) return undefined;
  return encodeURI(url.toWellFormed()).replaceAll("(", "%28").replaceAll(")", "%29");
}

/** A Markdown table of escaped cells, cut with a last line that says so when it would exceed `mostCharacters`. */
export function markdownTable(head: readonly string[], rows: readonly string[][], mostCharacters: number): string {
  const lines = [`| ${head.join(" | ")} |`, `|${" --- |".repeat(head.length)}`];
  let size = lines.join("\n").length + 100;
  for (const [index, row] of rows.entries()) {
    const line = `| ${row.join(" | ")} |`;
    size += line.length + 1;
    if (size > mostCharacters) return [...lines, "", `… and ${rows.length - index} more.`].join("\n");
    lines.push(line);
  }
  return lines.join("\n");
}
