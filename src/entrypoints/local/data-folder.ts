import { mkdir, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readSession } from "./stand-ins/session.ts";

/** Older folders are removed; this many are kept for whoever wants to read a log again. */
const kept = 5;

const folderName = /^\d{8}T\d{6}-\d+$/;

/** Folders of earlier starts below `.mayfly`, newest first. */
export async function earlierFolders(): Promise<string[]> {
  const parent = resolve(".mayfly");
  const names = await readdir(parent).catch(() => []);
  return names
    .filter((name) => folderName.test(name))
    .toSorted()
    .toReversed()
    .map((name) => join(parent, name));
}

/** Makes the folder for this start's files: the given one, or a new one below `.mayfly`. */
export async function dataFolder(given: string | undefined, now: Date): Promise<string> {
  if (given !== undefined) {
    const folder = resolve(given);
    await mkdir(folder, { recursive: true });
    return folder;
  }
  const old = (await earlierFolders()).slice(kept);
  await Promise.all(old.map(async (folder) => !(await isInUse(folder)) && (await rm(folder, removal))));
  const stamp = now.toISOString().replaceAll(/[-:]/g, "").slice(0, 15);
  const folder = resolve(".mayfly", `${stamp}-${process.pid}`);
  await mkdir(folder, { recursive: true });
  return folder;
}

const removal = { recursive: true, force: true } as const;

/** By the process that made it, or by stand-ins that have outlived it. */
async function isInUse(folder: string): Promise<boolean> {
  const session = await readSession(folder);
  return isAlive(Number(folder.split("-").at(-1))) || (session !== undefined && isAlive(session.pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
