import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** Those of the programs that this machine does not have. */
export function missingPrograms(...names: readonly string[]): string[] {
  const folders = (process.env["PATH"] ?? "").split(":");
  return names.filter((name) => !folders.some((folder) => isProgram(join(folder, name))));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
