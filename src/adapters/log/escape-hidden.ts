import { hiddenCharacters } from "../../core/check-run/visible-text.ts";

/**
 * A line of JSON that says the same without a character that cannot be seen, or that would move a terminal's cursor
 * or turn the direction of its text: JSON's own escapes stand for them. Nor does it hold what the Actions runner takes
 * for a command wherever it stands in a line (`##[`). The line's own end stays.
 */
export function escapeHidden(line: string): string {
  const end = line.endsWith("\n") ? "\n" : "";
  const text = line.slice(0, line.length - end.length);
  return text.replaceAll(hiddenCharacters, escaped).replaceAll("##[", String.raw`##\u005b`) + end;
}

function escaped(character: string): string {
  return character
    .split("")
    .map((half) => String.raw`\u${half.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
