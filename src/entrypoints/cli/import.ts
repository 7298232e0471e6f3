import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { yamlReader } from "../../adapters/yaml/yaml-reader.ts";
import { visibleText } from "../../core/check-run/visible-text.ts";
import { readLabelSets } from "./import/label-sets.ts";
import { render } from "./import/render.ts";
import { readRunsOn } from "./import/runs-on.ts";
import type { Write } from "./program.ts";

/**
 * Writes a `.github/runner.yml` made of RunsOn's configuration file or of a list of `self-hosted` labels to `out`, and
 * what has no counterpart, each with its line, to `error`. Resolves with the exit code: 1 when the file is neither, 2
 * when it cannot be read.
 */
export async function importFile(file: string, write: Write): Promise<number> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    write.error(`${file}: cannot be read: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  const document = yamlReader().read(text);
  const imported = readRunsOn(document) ?? readLabelSets(text, document);
  if (imported === undefined) {
    for (const { line, column, message } of document.problems) write.error(`${file}:${line}:${column}: ${message}.\n`);
    write.error(`${file}: is neither a configuration file of RunsOn nor a list of \`self-hosted\` labels.\n`);
    return 1;
  }
  const made = `Made by \`mayfly import ${basename(file)}\`: read it, then commit it as .github/runner.yml.`;
  write.out(render({ ...imported, introduction: [made, ...imported.introduction] }));
  for (const { line, message } of imported.notes.toSorted((a, b) => a.line - b.line)) {
    write.error(`${file}:${line}: ${visibleText(message)}\n`);
  }
  return 0;
}
