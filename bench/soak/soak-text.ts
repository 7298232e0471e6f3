import type { SoakResult } from "./judge.ts";

/** A result as text for people: one number a line, then what is wrong. */
export function soakText({ problems, ...facts }: SoakResult): string {
  const rows = Object.entries(facts).map(([name, value]) => [words(name), shown(value)] as const);
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  const verdict =
    problems.length === 0 ? ["every job was served exactly once"] : problems.map((one) => `WRONG: ${one}`);
  return [...lines, "", ...verdict, ""].join("\n");
}

/** `peakRssMb` → `peak rss mb`. */
function words(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function shown(value: unknown): string {
  if (value === undefined) return "not known";
  if (Array.isArray(value)) return value.length === 0 ? "nothing" : value.join(", ");
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return Object.entries(value)
    .map(([name, one]) => `${name} ${String(one)}`)
    .join(", ");
}
