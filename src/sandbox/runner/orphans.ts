import { readFileSync, readdirSync } from "node:fs";

export type Orphan = { readonly pid: number; readonly name: string };

/**
 * Ends processes that a job left behind, found as the real runner finds them: by its tracking id in their
 * environment. Who cleared that variable survives. The id is a fresh UUID, so no other process can be struck.
 */
export function endOrphans(trackingId: string): Orphan[] {
  const marker = `RUNNER_TRACKING_ID=${trackingId}`;
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 1 && pid !== process.pid && environmentOf(pid).includes(marker))
    .flatMap((pid) => {
      const name = read(`/proc/${String(pid)}/comm`).trim();
      try {
        process.kill(pid, "SIGKILL");
        return [{ pid, name }];
      } catch {
        return []; // it has ended meanwhile
      }
    });
}

function environmentOf(pid: number): string[] {
  return read(`/proc/${String(pid)}/environ`).split("\0");
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it has ended, or belongs to somebody else
  }
}
