import { mkdir, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";

/** Older folders are removed; this many are kept for whoever wants to read a log again. */
const kept = 5;

/** Makes the folder for this start's files: the given one, or a new one below `.mayfly`. */
export async function dataFolder(given: string | undefined, now: Date): Promise<string> {
  if (given !== undefined) {
    const folder = resolve(given);
    await mkdir(folder, { recursive: true });
    return folder;
  }
  const parent = resolve(".mayfly");
  await mkdir(parent, { recursive: true });
  const starts = (await readdir(parent)).filter((name) => /^\d{8}T\d{6}-\d+$/.test(name)).toSorted();
  const old = starts.slice(0, -kept).filter((name) => !isAlive(Number(name.split("-")[1])));
  await Promise.all(old.map((name) => rm(join(parent, name), { recursive: true, force: true })));
  const stamp = now.toISOString().replaceAll(/[-:]/g, "").slice(0, 15);
  const folder = join(parent, `${stamp}-${process.pid}`);
  await mkdir(folder, { recursive: true });
  return folder;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
