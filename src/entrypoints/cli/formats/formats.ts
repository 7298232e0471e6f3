import { visibleText } from "../../../core/check-run/visible-text.ts";
import type { Problem } from "../../../core/planning/runner-config/problem.ts";
import { githubCommands } from "./github-commands.ts";
import { sarif } from "./sarif.ts";

/** A problem of a file, as `--format json` writes it. */
export type Finding = Omit<Problem, "path"> & { readonly path: string; readonly help: string };

/** How the findings of a run are written; each gives the whole output. */
export const formats = {
  text: (findings: readonly Finding[]): string =>
    findings
      .map(({ path, line, column, severity, code, message }) => {
        return `${visibleText(`${path}:${line}:${column}: ${severity} ${code}: ${message}`)}\n`;
      })
      .join(""),
  json: (findings: readonly Finding[]): string => `${JSON.stringify(findings, undefined, 2)}\n`,
  sarif,
  github: githubCommands,
} as const;

export type Format = keyof typeof formats;
