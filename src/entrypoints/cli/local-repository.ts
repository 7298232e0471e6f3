import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { configPath } from "../../core/pipeline/repository-config.ts";
import { isThere } from "./is-there.ts";

/** What a clone, or a folder that is laid out like one, holds for Mayfly. */
export type LocalRepository = {
  /** Its top, relative to the working directory when it was asked for so. */
  readonly top: string;
  /** Text of `.github/runner.yml`; undefined when there is none. */
  readonly configText: string | undefined;
  /** The workflow files by their path in the repository, in the order of their names. */
  readonly workflows: readonly { readonly path: string; readonly text: string }[];
};

/** Where GitHub looks for workflows; it leaves out folders in it. */
export const workflowsPath = ".github/workflows";

/**
 * Reads the repository that a directory belongs to: the directory itself when it has a `.github`, else the next one
 * above it that has a `.github` or a `.git`, else the directory all the same. Rejects when a file is there and cannot be
 * read, or the directory is not there.
 */
export async function readLocalRepository(directory: string): Promise<LocalRepository> {
  await stat(directory);
  const top = await topOf(resolve(directory));
  const shown = isAbsolute(directory) ? top : relative("", top);
  return {
    top: shown === "" ? "." : shown,
    configText: await readIfThere(join(top, configPath)),
    workflows: await readWorkflows(top),
  };
}

async function topOf(directory: string): Promise<string> {
  for (let folder = directory; ; folder = dirname(folder)) {
    if ((await isThere(join(folder, ".github"))) || (await isThere(join(folder, ".git")))) return folder;
    if (dirname(folder) === folder) return directory;
  }
}

async function readWorkflows(top: string): Promise<LocalRepository["workflows"]> {
  const folder = join(top, workflowsPath);
  if (!(await isThere(folder))) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory() && /\.ya?ml$/.test(entry.name))
    .map(({ name }) => name)
    .toSorted();
  return await Promise.all(
    names.map(async (name) => ({
      path: `${workflowsPath}/${name}`,
      text: await readFile(join(folder, name), "utf8"),
    })),
  );
}

async function readIfThere(file: string): Promise<string | undefined> {
  return (await isThere(file)) ? await readFile(file, "utf8") : undefined;
}
