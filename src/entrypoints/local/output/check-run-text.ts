import { styleText } from "node:util";
import { visibleText } from "../../../core/check-run/visible-text.ts";
import { counted } from "./counted.ts";
import type { CheckRun } from "../stand-ins/world.ts";

const signs: Readonly<Record<string, string>> = { success: "✓", failure: "✗", neutral: "•" };

/** A check run as GitHub's page shows it, for a terminal: title, summary with aligned tables, annotations. */
export function checkRunText(checkRun: CheckRun): string {
  const { name, status, conclusion, title, summary, text, annotations } = checkRun;
  const sign = signs[conclusion ?? ""] ?? "…";
  const lines = [
    `${sign} ${styleText("bold", visibleText(name))}  ${conclusion ?? status}`,
    `  ${visibleText(title ?? "")}`,
    "",
    ...alignTables((summary ?? "").split("\n")).map((line) => `  ${line}`),
    "",
    ...(text ?? "").split("\n").map((line) => `  ${plain(line)}`),
    "",
    `  ${counted(annotations.length, "annotation")}`,
    ...annotations.flatMap((one) => [
      "",
      `  ${visibleText(one.path)}:${one.start_line}  ${one.annotation_level}  ${styleText("bold", visibleText(one.title ?? ""))}`,
      ...one.message.split("\n").map((line) => `    ${visibleText(line)}`),
    ]),
  ];
  return lines.join("\n");
}

/** Markdown for the eye: links become their text, entities their characters, tables get columns. */
function alignTables(lines: readonly string[]): string[] {
  const rows = lines.map((line) => (line.startsWith("|") ? line.slice(1, -1).split("|").map(plain) : undefined));
  const cells = rows.filter((row) => row !== undefined && !row.every((cell) => /^-*$/.test(cell)));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row?.[column]?.length ?? 0)));
  return lines.flatMap((line, index) => {
    const row = rows[index];
    if (row === undefined) return [plain(line)];
    if (row.every((cell) => /^-*$/.test(cell))) return [];
    return [
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    ];
  });
}

/** What only keeps GitHub from reading more into a text, such as the zero-width space in `@name`, is left out. */
function plain(markdown: string): string {
  const text = markdown
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll("**", "")
    .replaceAll(/&#(\d{1,6});/g, (_, code: string) => String.fromCodePoint(Number(code)));
  return visibleText(text);
}
