import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

/**
 * Writes the repository's files into `folder`, as far as they stay inside of it, and gives their number. A text that
 * begins with `#!` is made executable: modes are not known.
 */
export function checkout(files: Readonly<Record<string, string>>, folder: string): number {
  const inside = Object.entries(files)
    .map(([path, text]) => ({ file: resolve(folder, path), text }))
    .filter(({ file }) => !relative(folder, file).startsWith(".."));
  for (const { file, text } of inside) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    if (text.startsWith("#!")) chmodSync(file, 0o755);
  }
  return inside.length;
}
