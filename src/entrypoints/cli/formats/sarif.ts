import { problemKinds } from "../../../core/planning/runner-config/problem.ts";
import type { ProblemSeverity } from "../../../core/planning/runner-config/problem.ts";
import type { Finding } from "./formats.ts";

const levels: Readonly<Record<ProblemSeverity, string>> = { error: "error", warning: "warning", notice: "note" };

/** SARIF 2.1.0, as code scanning takes it (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html). */
export function sarif(findings: readonly Finding[]): string {
  const rules = Object.entries(problemKinds).map(([id, { severity, meaning }]) => ({
    id,
    shortDescription: { text: meaning },
    defaultConfiguration: { level: levels[severity] },
  }));
  const results = findings.map(({ path, code, severity, message, line, column, endLine, endColumn }) => ({
    ruleId: code,
    ruleIndex: rules.findIndex(({ id }) => id === code),
    level: levels[severity],
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(path.replaceAll("\\", "/")) },
          region: { startLine: line, startColumn: column, endLine, endColumn },
        },
      },
    ],
  }));
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    // Columns count UTF-16 units, as everywhere here.
    runs: [{ tool: { driver: { name: "mayfly lint", rules } }, columnKind: "utf16CodeUnits", results }],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}
