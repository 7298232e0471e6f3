import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");

export type SourceFile = { readonly path: string; readonly text: string; readonly lines: number };

/** Every TypeScript file below a folder of the repository, by its path from the root. */
export function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => {
      const text = readFileSync(file, "utf8");
      return { path: relative(root, file), text, lines: text.split("\n").length - 1 };
    })
    .toSorted((left, right) => (left.path < right.path ? -1 : 1));
}

/** Everything that a file imports, types too: paths from the root, or names of packages. */
export function importsOf(file: SourceFile): string[] {
  const statements = file.text.matchAll(/^(?:import|export)\s+(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm);
  const dynamic = file.text.matchAll(/\bimport\("([^"]+)"\)/g);
  return [...statements, ...dynamic].map((match) => {
    const name = match[1] ?? "";
    return name.startsWith(".") ? relative(root, resolve(root, dirname(file.path), name)) : name;
  });
}
