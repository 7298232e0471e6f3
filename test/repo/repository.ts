import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./source-files.ts";

/** Text of a file of the repository, by its path from the root. */
export function textOf(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** Files that are committed or about to be, by their paths from the root. */
export function repositoryFiles(): string[] {
  return execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root })
    .toString()
    .trim()
    .split("\n")
    .filter((file) => existsSync(join(root, file)));
}
