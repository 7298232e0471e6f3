import type { Range, YamlDocument } from "../../ports.ts";
import { problemKinds } from "./problem.ts";
import type { Problem, ProblemCode } from "./problem.ts";

export type Path = readonly (string | number)[];

/** Where problems are noted, with the places that the document gives them. */
export type ProblemList = {
  /** At the key (or the value) of a path. */
  add(code: ProblemCode, part: "key" | "value", path: Path, message: string): void;
  addAt(code: ProblemCode, range: Range, message: string): void;
  /** In the order of their positions; what was said already of the same place is left out. */
  sorted(): readonly Problem[];
};

/** An empty list of problems of one file. */
export function problemList(document: Pick<YamlDocument, "rangeOf">): ProblemList {
  const problems = new Map<string, Problem>();
  const note = (code: ProblemCode, range: Range, message: string, path: Path): void => {
    // What an anchor holds is met once for each runner that merges it.
    const { line, column, endLine, endColumn } = range;
    const key = JSON.stringify([line, column, code, message]);
    const { severity } = problemKinds[code];
    if (!problems.has(key)) problems.set(key, { code, severity, line, column, endLine, endColumn, message, path });
  };
  return {
    add: (code, part, path, message) => note(code, document.rangeOf(path, part), message, path),
    addAt: (code, range, message) => note(code, range, message, []),
    sorted: () =>
      [...problems.values()].toSorted((left, right) => left.line - right.line || left.column - right.column),
  };
}
