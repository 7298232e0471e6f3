import { runMayfly } from "./run-mayfly.ts";
import type { Ended } from "./run-mayfly.ts";

/** `mayfly lint` where `@` is a folder, which nothing that it writes names. */
export async function lintIn(folder: string, ...args: readonly string[]): Promise<Ended> {
  const { code, out, error } = await runMayfly("lint", ...args.map((arg) => arg.replace(/^@/, `${folder}/`)));
  return { code, out: out.replaceAll(`${folder}/`, ""), error: error.replaceAll(`${folder}/`, "") };
}

/** `path:line:column: severity code` of each line, without the message. */
export function placesOf({ out }: Pick<Ended, "out">): string[] {
  const lines = out.split("\n").filter((line) => line !== "");
  return lines.map((line) => line.split(": ").slice(0, 2).join(": "));
}
