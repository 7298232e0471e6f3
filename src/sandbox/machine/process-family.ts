import { readdirSync, readFileSync } from "node:fs";
import {
  descendants,
  processTable,
  readProcess,
  type ProcessEntry,
} from "../../../runner-image/supervisor/process-table.ts";

/** The process `pid` and everything that descends from it now; reads no more of /proc than that where it can. */
export function processFamily(pid: number): ProcessEntry[] {
  const pids = [pid];
  try {
    for (const at of pids) pids.push(...childrenOf(at));
  } catch {
    // a kernel without CONFIG_PROC_CHILDREN
    pids.splice(1, pids.length, ...descendants(processTable(), [pid]).map((entry) => entry.pid));
  }
  return pids.map((at) => readProcess(at)).filter((entry) => entry !== undefined);
}

function childrenOf(pid: number): number[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return threads.flatMap((thread) => {
    const path = `/proc/${pid}/task/${thread}/children`;
    try {
      return readFileSync(path, "utf8").split(" ").filter(Boolean).map(Number);
    } catch (error) {
      // the thread has ended meanwhile (ESRCH, ENOENT), or there is no such file at all
      if (readProcess(pid) !== undefined && readdirSync(`/proc/${pid}/task`).includes(thread)) throw error;
      return [];
    }
  });
}
