import { readdirSync, readFileSync } from "node:fs";

/** One process as /proc shows it. `startTicks` tells two processes apart that had the same pid one after the other. */
export type ProcessEntry = {
  readonly pid: number;
  readonly parentPid: number;
  readonly startTicks: string;
  /** Dead, but not yet collected by its parent: cannot be ended again and holds nothing. */
  readonly zombie: boolean;
  readonly stopped: boolean;
  /** A thread of the kernel: never ours. */
  readonly kernel: boolean;
};

/** Parses /proc/PID/stat; the name in brackets may itself hold spaces and brackets. */
export function parseStat(text: string): ProcessEntry {
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state = "", parentPid = ""] = fields;
  const flags = Number(fields[6]);
  return {
    pid,
    parentPid: Number(parentPid),
    startTicks: fields[19] ?? "",
    zombie: state === "Z" || state === "X",
    stopped: state === "T" || state === "t",
    // PF_KTHREAD of linux/sched.h
    kernel: (flags & 0x0020_0000) !== 0,
  };
}

/** The process with that pid, undefined when there is none. */
export function readProcess(pid: number): ProcessEntry | undefined {
  try {
    return parseStat(readFileSync(`/proc/${String(pid)}/stat`, "utf8"));
  } catch {
    return undefined;
  }
}

/** Every process that this pid namespace shows. */
export function processTable(): ProcessEntry[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((entry) => entry !== undefined);
}

/** True when the process was started with `NAME=value` in its environment; false when that may not be read. */
export function carries(pid: number, marker: string): boolean {
  try {
    return readFileSync(`/proc/${String(pid)}/environ`, "utf8")
      .split("\0")
      .includes(marker);
  } catch {
    return false;
  }
}

/** Those of `table` that descend from one of `roots` (the roots themselves not included). */
export function descendants(table: readonly ProcessEntry[], roots: Iterable<number>): ProcessEntry[] {
  const children = Map.groupBy(table, (entry) => entry.parentPid);
  const found = new Map<number, ProcessEntry>();
  const waiting = [...roots];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (found.has(child.pid)) continue;
      found.set(child.pid, child);
      waiting.push(child.pid);
    }
  }
  return [...found.values()];
}

/** `pid` and every process above it. */
export function lineage(table: readonly ProcessEntry[], pid: number): Set<number> {
  const parents = new Map(table.map((entry) => [entry.pid, entry.parentPid]));
  const found = new Set<number>();
  for (let at: number | undefined = pid; at !== undefined && at > 0 && !found.has(at); at = parents.get(at)) {
    found.add(at);
  }
  return found;
}
