import { createHash } from "node:crypto";
import { globSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";

/**
 * GitHub's `hashFiles`: SHA-256 over the SHA-256 of each file in `folder` that the patterns give, in the order of
 * their paths; a pattern that begins with `!` takes files away. Empty when there is no file.
 */
export function hashFiles(folder: string, patterns: readonly string[]): string {
  const found = new Set<string>();
  for (const pattern of patterns.flatMap((text) => text.split("\n")).map((text) => text.trim())) {
    if (pattern.startsWith("!")) {
      for (const path of globSync(pattern.slice(1), { cwd: folder })) found.delete(resolve(folder, path));
    } else if (pattern !== "" && !pattern.startsWith("#")) {
      for (const path of globSync(pattern, { cwd: folder })) found.add(resolve(folder, path));
    }
  }
  const files = [...found].filter((file) => file.startsWith(`${folder}/`) && statSync(file).isFile()).toSorted();
  if (files.length === 0) return "";
  const total = createHash("sha256");
  for (const file of files) total.update(createHash("sha256").update(readFileSync(file)).digest());
  return total.digest("hex");
}
