import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Removes a file or directory with everything in it, read-only directories too; resolves with whether it is gone. */
export async function removeTree(path: string): Promise<boolean> {
  const remove = (): Promise<boolean> =>
    rm(path, { recursive: true, force: true }).then(
      () => true,
      () => false,
    );
  if (await remove()) return true;
  // tools such as Go's module cache leave directories that even their owner may not write
  await makeWritable(path);
  return await remove();
}

/** Removes everything in a directory, not itself; what cannot be removed (a mount point) stays. */
export async function emptyDirectory(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  await Promise.all(names.map((name) => removeTree(join(directory, name))));
}

async function makeWritable(path: string): Promise<void> {
  await chmod(path, 0o700).catch(() => undefined);
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map((entry) => makeWritable(join(path, entry.name))),
  );
}
