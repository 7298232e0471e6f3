import type { Finding } from "./formats.ts";

/**
 * Workflow commands that GitHub shows as annotations of the job that prints them
 * (https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
 */
export function githubCommands(findings: readonly Finding[]): string {
  return findings
    .map(({ path, line, column, endLine, endColumn, severity, code, message }) => {
      // The runner takes columns only where both are of one line.
      const columns = line === endLine ? { col: column, endColumn } : {};
      const facts = { file: path, line, endLine, ...columns, title: code };
      const properties = Object.entries(facts).map(([key, value]) => `${key}=${property(String(value))}`);
      return `::${severity} ${properties.join(",")}::${data(message)}\n`;
    })
    .join("");
}

/** As the runner unescapes it (actions/toolkit, packages/core/src/command.ts). */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
