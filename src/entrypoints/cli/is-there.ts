import { stat } from "node:fs/promises";

/** True when there is a file or a folder at the path. */
export async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
