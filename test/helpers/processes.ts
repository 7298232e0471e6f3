import { readFileSync } from "node:fs";
import { processTable, readProcess } from "../../runner-image/supervisor/process-table.ts";

/** True while the process lives; a dead one may stay in the table until its parent collects it. */
export function isAlive(pid: number): boolean {
  const entry = readProcess(pid);
  return entry !== undefined && !entry.zombie;
}

/** Living processes of this computer, in whatever namespace, whose command line begins with `start`. */
export function processesWith(start: string): number[] {
  return processTable()
    .filter(({ pid, zombie }) => !zombie && commandLine(pid).startsWith(start))
    .map(({ pid }) => pid);
}

/** Arguments of a process, each ended by NUL; empty when it is gone. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
