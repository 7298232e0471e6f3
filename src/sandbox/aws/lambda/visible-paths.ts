import { existsSync } from "node:fs";
import { dirname, isAbsolute } from "node:path";
import type { FunctionOptions } from "./function.ts";

/** Paths that the function's command line and own variables name: an environment must see them, wherever they lie. */
export function visiblePaths({ command, env }: FunctionOptions): string[] {
  const folderOf = (path: string): string => (dirname(path) === "/tmp" ? path : dirname(path));
  const named = [...command.args.map(folderOf), ...Object.values(env)];
  const paths = [dirname(command.file), dirname(process.execPath), ...named];
  return [...new Set(paths.filter((path) => isAbsolute(path) && existsSync(path)))];
}
