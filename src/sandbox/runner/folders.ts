import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

export type Folders = {
  readonly root: string;
  /** `_work/REPO`, RUNNER_WORKSPACE. */
  readonly work: string;
  /** `_work/REPO/REPO`, GITHUB_WORKSPACE. */
  readonly workspace: string;
  readonly temp: string;
  readonly tools: string;
  readonly eventFile: string;
};

/** Makes the folders of a job where the real runner has them: `_work/REPO/REPO`, `_work/_temp`, `_work/_tool`. */
export function makeFolders(
  root: string,
  workFolder: string,
  repository: string,
  event: unknown,
  toolCache: string | undefined,
): Folders {
  const work = resolve(root, workFolder);
  const name = repository.split("/").at(-1) ?? "repository";
  const folders: Folders = {
    root,
    work: join(work, name),
    workspace: join(work, name, name),
    temp: join(work, "_temp"),
    tools: toolCache ?? join(work, "_tool"),
    eventFile: join(work, "_temp", "_github_workflow", "event.json"),
  };
  const made = [folders.workspace, folders.temp, folders.tools, join(folders.temp, "_github_workflow")];
  for (const folder of made) mkdirSync(folder, { recursive: true });
  writeFileSync(folders.eventFile, JSON.stringify(event ?? {}, undefined, 2));
  return folders;
}
