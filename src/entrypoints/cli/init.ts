import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { workflowReader } from "../../adapters/workflow-file/workflow-reader.ts";
import { visibleText } from "../../core/check-run/visible-text.ts";
import { configPath } from "../../core/pipeline/repository-config.ts";
import { actionlintFile, actionlintPatterns, missingPatterns } from "./init/actionlint-file.ts";
import { labelUse } from "./init/label-use.ts";
import type { LabelUse } from "./init/label-use.ts";
import { mostRunners, runnerFile } from "./init/runner-file.ts";
import { isThere } from "./is-there.ts";
import { readLocalRepository } from "./local-repository.ts";
import type { Write } from "./program.ts";

/** In a line about what was written. */
const mostNames = 10;
/** actionlint reads either. */
const actionlintPaths = [".github/actionlint.yaml", ".github/actionlint.yml"] as const;

export type InitOptions = {
  /** First part of the labels that are ours, in lower case. */
  readonly prefix: string;
};

/**
 * Writes a first `.github/runner.yml` and `.github/actionlint.yaml` for the labels that the repository's workflows use.
 * A file that is there is left as it is. Resolves with the exit code: 1 when the directory is no repository, 2 when
 * something cannot be read or written.
 */
export async function init(directory: string, { prefix }: InitOptions, write: Write): Promise<number> {
  try {
    if (!(await isThere(join(directory, ".git"))) && !(await isThere(join(directory, ".github")))) {
      write.error(`${directory}: is no repository, it has neither .git nor .github. Give the path of one.\n`);
      return 1;
    }
    await writeFiles(directory, prefix, write);
    return 0;
  } catch (error) {
    write.error(`${directory}: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

async function writeFiles(directory: string, prefix: string, write: Write): Promise<void> {
  const { workflows } = await readLocalRepository(directory);
  const { jobs, unread } = await workflowReader().facts(workflows);
  const use = labelUse(jobs, prefix);
  const notes = [...unread.map(({ path, reason }) => `${path}: not read: ${reason}`), ...use.notes];
  for (const note of notes) write.error(`${visibleText(note)}\n`);
  await mkdir(join(directory, ".github"), { recursive: true });
  const isNew = await writeNew(join(directory, configPath), runnerFile(use));
  write.out(isNew ? `${configPath}: written (${whatIsIn(use)})\n` : `${configPath}: is there already, left as it is\n`);
  await writeActionlint(directory, actionlintPatterns(use), write);
}

function whatIsIn({ runners }: LabelUse): string {
  if (runners.length === 0) return "an example, no label of the workflows needs a runner";
  const first = runners.slice(0, mostNames).map(({ name }) => name);
  const more = runners.length - first.length;
  const cut = runners.length > mostRunners ? `; only the first ${mostRunners} have a place in it` : "";
  return `${first.join(", ")}${more > 0 ? ` and ${more} more${cut}` : ""}`;
}

async function writeActionlint(directory: string, patterns: readonly string[], write: Write): Promise<void> {
  const [path] = actionlintPaths;
  for (const existing of actionlintPaths) {
    if (!(await isThere(join(directory, existing)))) continue;
    const missing = missingPatterns(await readFile(join(directory, existing), "utf8"), patterns);
    const lines = missing.map((pattern) => `    - ${pattern}\n`).join("");
    const todo = missing.length === 0 ? "knows Mayfly's labels" : "add to `self-hosted-runner: labels:`";
    write.out(`${existing}: is there already, left as it is; ${todo}\n${lines}`);
    return;
  }
  if (await writeNew(join(directory, path), actionlintFile(patterns))) write.out(`${path}: written\n`);
}

/** False: there was one. */
async function writeNew(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "EEXIST") return false;
    throw error;
  }
}
