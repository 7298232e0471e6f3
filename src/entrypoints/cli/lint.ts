import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { yamlReader } from "../../adapters/yaml/yaml-reader.ts";
import { configPath } from "../../core/pipeline/repository-config.ts";
import { readRunnerConfig } from "../../core/planning/runner-config/read-runner-config.ts";
import { formats } from "./formats/formats.ts";
import type { Finding, Format } from "./formats/formats.ts";
import type { Write } from "./program.ts";

/** Where in the documentation the codes are explained. */
const help = "docs/runner-yml.md#when-something-is-wrong";

/**
 * Checks the files, and `.github/runner.yml` of the directories; writes every problem. Resolves with the exit code: 1
 * when one of them is an error, 2 when a path cannot be read. A directory without the file is fine.
 */
export async function lint(paths: readonly string[], format: Format, write: Write): Promise<number> {
  const findings: Finding[] = [];
  let unread = false;
  for (const path of paths) {
    try {
      findings.push(...(await check(path, write)));
    } catch (error) {
      unread = true;
      write.error(`${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  write.out(formats[format](findings));
  if (unread) return 2;
  return findings.some(({ severity }) => severity === "error") ? 1 : 0;
}

async function check(path: string, write: Write): Promise<Finding[]> {
  const isDirectory = (await stat(path)).isDirectory();
  const file = isDirectory ? join(path, configPath) : path;
  if (isDirectory && !(await exists(file))) {
    write.error(`${file}: not there, which is fine: the defaults are used\n`);
    return [];
  }
  const { problems } = readRunnerConfig(await readFile(file, "utf8"), yamlReader());
  return problems.map(({ code, severity, line, column, endLine, endColumn, message }) => {
    return { path: file, line, column, endLine, endColumn, severity, code, message, help };
  });
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
