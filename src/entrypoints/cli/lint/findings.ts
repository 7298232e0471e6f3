import { resolve } from "node:path";
import type { Problem } from "../../../core/planning/runner-config/problem.ts";
import type { Finding } from "../formats/formats.ts";

/** Where the documentation explains the problems of each kind of file. */
export const helpPages = {
  runners: "docs/runner-yml.md#when-something-is-wrong",
  policy: "docs/policy-yml.md#keys",
} as const;

/** Problems of the file at `path`, as they are written. */
export function findingsOf(path: string, problems: readonly Problem[], page: keyof typeof helpPages): Finding[] {
  const help = helpPages[page];
  return problems.map(({ code, severity, line, column, endLine, endColumn, message }) => {
    return { path, line, column, endLine, endColumn, severity, code, message, help };
  });
}

/** By path, line and column, each once, however often its file was named. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const distinct = new Map<string, Finding>();
  for (const finding of findings) {
    const { path, line, column, code, message } = finding;
    const key = JSON.stringify([resolve(path), line, column, code, message]);
    if (!distinct.has(key)) distinct.set(key, finding);
  }
  return [...distinct.values()].toSorted(
    (left, right) => compare(left.path, right.path) || left.line - right.line || left.column - right.column,
  );
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
