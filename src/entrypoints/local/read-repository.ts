import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";

/** A directory as the sandbox pushes it: path with `/` → text. */
export type LocalRepository = {
  readonly owner: string;
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
};

const skipped: ReadonlySet<string> = new Set([".git", "node_modules", ".mayfly", "dist", "coverage"]);
const mostFileBytes = 1024 * 1024;
const mostFiles = 5000;

/**
 * Reads a directory's text files; folders that nobody commits, links, binary files and files over 1 MiB are left out.
 * Throws with a sentence when the directory cannot be a repository with workflows.
 */
export async function readRepository(directory: string): Promise<LocalRepository> {
  const root = resolve(directory);
  const found = await stat(root).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new Error(`--repo ${directory}: there is no such directory`);
  const paths = await listFiles(root);
  if (paths.length > mostFiles) throw new Error(`--repo ${directory}: more than ${mostFiles} files`);
  const files: Record<string, string> = {};
  for (const path of paths) {
    const content = await readFile(join(root, path));
    if (content.length <= mostFileBytes && !content.includes(0)) files[path.split(sep).join("/")] = content.toString();
  }
  if (workflowPaths(files).length === 0) throw new Error(`--repo ${directory}: no file in its .github/workflows`);
  return { owner: "sandbox", name: safeName(basename(root)), files };
}

/** Workflow files of a repository, in order. */
export function workflowPaths(files: Readonly<Record<string, string>>): string[] {
  return Object.keys(files)
    .filter((path) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path))
    .toSorted();
}

/** The workflow file that `--workflow` names, by its path or by its file name; throws when there is none. */
export function findWorkflow(files: Readonly<Record<string, string>>, wanted: string): string {
  const paths = workflowPaths(files);
  const path = wanted.replace(/^\.\//, "");
  const found = paths.find((one) => one === path || basename(one) === path || one.endsWith(`/${path}`));
  if (found === undefined) throw new Error(`--workflow ${wanted}: there is ${paths.join(", ")}`);
  return found;
}

async function listFiles(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split(sep).some((part) => skipped.has(part)))
    .toSorted();
}

/** GitHub allows letters, digits, `.`, `_` and `-` in a repository's name. */
function safeName(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9._-]/g, "-").slice(0, 100) || "repository";
}
