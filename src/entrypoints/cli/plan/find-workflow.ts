import { readFile } from "node:fs/promises";
import { basename, normalize, resolve } from "node:path";
import type { LocalRepository } from "../local-repository.ts";
import { WrongInput } from "./wrong-input.ts";

type Workflow = LocalRepository["workflows"][number];

/**
 * The workflow that `--workflow` means: by its path from here, by its path in the repository, or by its file name there;
 * else whatever file stands at the path.
 */
export async function findWorkflow({ top, workflows }: LocalRepository, file: string): Promise<Workflow> {
  const found =
    workflows.find(({ path }) => resolve(top, path) === resolve(file)) ??
    workflows.find(({ path }) => path === normalize(file)) ??
    workflows.find(({ path }) => basename(path) === file);
  if (found !== undefined) return found;
  try {
    return { path: file, text: await readFile(file, "utf8") };
  } catch (error) {
    const names = workflows.map(({ path }) => basename(path)).join(", ");
    const known = names === "" ? `${top} has no workflows` : `the workflows of ${top} are ${names}`;
    throw new WrongInput(`--workflow ${file} cannot be read: ${known}`, { cause: error });
  }
}
