import { setTimeout as sleep } from "node:timers/promises";
import { carries, descendants, lineage, processTable, type ProcessEntry } from "./process-table.ts";
import { signalProcess } from "./signal-process.ts";

/**
 * Which processes are the runner's:
 * - `machine`: this machine is ours alone (a Lambda environment, a pid namespace): everything that was not there
 *   before the listener started.
 * - `marked`: others live here too: only what carries the marker of the listener's environment, or descends from
 *   such a process. One that cleared its environment and left the family is not ours to judge.
 */
export type ProcessScope = "machine" | "marked";

export type Processes = {
  /** Ends every process of the runner; resolves with how many are still there after `withinMs` (0 when all is well). */
  endAll(withinMs: number): Promise<number>;
};

/** Remembers what lives on this machine now; call it before the listener is started. `marker` is `NAME=value`. */
export function runnerProcesses(scope: ProcessScope, marker: string, listenerPid: () => number | undefined): Processes {
  const before = new Map(processTable().map((entry) => [entry.pid, entry.startTicks]));
  const wasThere = (entry: ProcessEntry): boolean => before.get(entry.pid) === entry.startTicks;

  const find = (): ProcessEntry[] => {
    const table = processTable();
    const above = lineage(table, process.pid);
    const others = table.filter((entry) => !entry.zombie && !entry.kernel && !above.has(entry.pid) && !wasThere(entry));
    if (scope === "machine") return others;
    const listener = listenerPid();
    const roots = others.filter((entry) => entry.pid === listener || carries(entry.pid, marker));
    const family = descendants(
      others,
      roots.map((entry) => entry.pid),
    );
    return [...new Set([...roots, ...family])];
  };

  return {
    async endAll(withinMs) {
      const untilMs = performance.now() + withinMs;
      let left = find();
      while (left.length > 0 && performance.now() < untilMs) {
        // stopped first, so that a process which starts others all the time cannot outrun the list
        for (const entry of left) signalProcess(entry, "SIGSTOP");
        for (const entry of left) signalProcess(entry, "SIGKILL");
        await sleep(20);
        left = find();
      }
      return left.length;
    },
  };
}
