import { setTimeout as sleep } from "node:timers/promises";
import {
  carries,
  descendants,
  processTable,
  readProcess,
  type ProcessEntry,
} from "../../../runner-image/supervisor/process-table.ts";
import { signalProcess } from "../../../runner-image/supervisor/signal-process.ts";
import { processFamily } from "./process-family.ts";

export type MachineProcesses = {
  /** Ends them all; resolves when they have ended, after 5 s at the latest. */
  endAll(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): void;
};

const patienceMs = 5_000;

/**
 * The processes of one machine, whose first process is `pid`. Only these are ever signalled, each by pid and start
 * time, so that a pid which belongs to somebody else by now is left alone.
 *
 * Without a marker `pid` is the parent of a pid namespace: nothing in there can leave its family, and all of it ends
 * with it. With one (`NAME=value`), also what carries it in its environment belongs to the machine.
 */
export function machineProcesses(pid: number, marker: string | undefined): MachineProcesses {
  const first = readProcess(pid);
  const state = { thawed: true };

  const find = (): ProcessEntry[] => {
    const found = marker === undefined ? processFamily(pid) : markedFamily(pid, marker, first);
    const ours = found.some((entry) => entry.pid === pid && entry.startTicks === first?.startTicks);
    return ours || marker !== undefined ? found.filter((entry) => !entry.zombie && entry.pid !== process.pid) : [];
  };

  const end = (entry: ProcessEntry): void => {
    if (marker === undefined && entry.pid !== pid) return;
    // where others could be started meanwhile: stopped before the next one is looked at
    if (marker !== undefined) signalProcess(entry, "SIGSTOP");
    signalProcess(entry, "SIGKILL");
  };

  return {
    async endAll() {
      state.thawed = true;
      const untilMs = performance.now() + patienceMs;
      let left = find();
      while (left.length > 0 && performance.now() < untilMs) {
        for (const entry of left) end(entry);
        await sleep(10);
        // remembered: one whose parent ended first is no longer found, but may not have ended yet
        left = [...new Map([...left.filter(lives), ...find()].map((entry) => [entry.pid, entry])).values()];
      }
    },
    async freeze() {
      state.thawed = false;
      const untilMs = performance.now() + patienceMs;
      const running = (): ProcessEntry[] => find().filter((entry) => !entry.stopped);
      for (let left = running(); left.length > 0 && !state.thawed && performance.now() < untilMs; left = running()) {
        for (const entry of left) signalProcess(entry, "SIGSTOP");
        await sleep(5);
      }
    },
    thaw() {
      state.thawed = true;
      for (const entry of find()) signalProcess(entry, "SIGCONT");
    },
  };
}

function markedFamily(pid: number, marker: string, first: ProcessEntry | undefined): ProcessEntry[] {
  const table = processTable().filter((entry) => entry.pid !== process.pid);
  const roots = table.filter((entry) =>
    entry.pid === pid ? entry.startTicks === first?.startTicks : carries(entry.pid, marker),
  );
  const family = descendants(
    table,
    roots.map((entry) => entry.pid),
  );
  return [...new Map([...roots, ...family].map((entry) => [entry.pid, entry])).values()];
}

function lives(entry: ProcessEntry): boolean {
  const now = readProcess(entry.pid);
  return now !== undefined && !now.zombie && now.startTicks === entry.startTicks;
}
