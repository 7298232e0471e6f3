/** Text that other people chose (names, branches), made harmless for GitHub's Markdown: no markup, no line break. */
export function escapeMarkdown(text: string): string {
  const oneLine = Array.from(text, (char) => (isHidden(char) ? " " : char)).join("");
  return oneLine.replaceAll(/[\\`*_{}[\]()#+!|<>~@&]/g, (char) => `&#${char.codePointAt(0) ?? 32};`).trim();
}

/** Control characters and those that change the direction of text. */
function isHidden(char: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  return (
    code < 32 || (code >= 127 && code < 160) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)
  );
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
