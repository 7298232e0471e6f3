import { readFileSync, statfsSync } from "node:fs";
import { join } from "node:path";

/** What the machine used; what it does not tell is missing. Megabytes are of 1,048,576 bytes. */
export type MachineUsage = {
  readonly cpuPercent?: number;
  readonly memoryMb?: number;
  readonly diskMb?: number;
  readonly networkInMb?: number;
  readonly networkOutMb?: number;
};

export type UsageMeter = {
  /** What was used since the meter began to count, and what is on the disk of `tmp` now. Never throws. */
  read(peakMemoryMb: number | null): MachineUsage;
};

const bytesPerMb = 1024 * 1024;

/** Begins to count: the kernel's counters are of the whole machine, since its boot. Never throws. */
export function usageMeter(tmp: string, proc = "/proc"): UsageMeter {
  const [timesBefore, bytesBefore] = [cpuTimes(proc), networkBytes(proc)];
  return {
    read(peakMemoryMb) {
      const diskMb = usedMb(tmp);
      return {
        ...busyShare(timesBefore, cpuTimes(proc)),
        ...(peakMemoryMb === null ? {} : { memoryMb: peakMemoryMb }),
        ...(diskMb === undefined ? {} : { diskMb }),
        ...moved(bytesBefore, networkBytes(proc)),
      };
    },
  };
}

type CpuTimes = { readonly total: number; readonly idle: number };

/** In ticks: user nice system idle iowait irq softirq steal (proc_stat(5)); guests are in `user` and `nice`. */
function cpuTimes(proc: string): CpuTimes | undefined {
  const line = /^cpu +([\d ]+)/m.exec(textOf(join(proc, "stat")))?.[1];
  if (line === undefined) return undefined;
  const times = line.trim().split(/ +/).slice(0, 8).map(Number);
  return { total: times.reduce((sum, ticks) => sum + ticks, 0), idle: (times[3] ?? 0) + (times[4] ?? 0) };
}

function busyShare(before: CpuTimes | undefined, after: CpuTimes | undefined): Pick<MachineUsage, "cpuPercent"> {
  if (before === undefined || after === undefined || after.total <= before.total) return {};
  const idle = (after.idle - before.idle) / (after.total - before.total);
  return { cpuPercent: Math.round(100 * Math.min(1, Math.max(0, 1 - idle))) };
}

type NetworkBytes = { readonly received: number; readonly sent: number };

const interfaceLine = /^ *([^\s:]+): *(\d+)(?: +\d+){7} +(\d+)/gm;

/**
 * Lambda has further interfaces for its own traffic; the function's is `vinternal_1`, which AWS does not document
 * (Datadog's Lambda extension counts it too). Where that is missing, all but the loopback.
 */
function networkBytes(proc: string): NetworkBytes | undefined {
  const all = [...textOf(join(proc, "net/dev")).matchAll(interfaceLine)].filter(([, name]) => name !== "lo");
  const own = all.filter(([, name]) => name === "vinternal_1");
  const counted = own.length > 0 ? own : all;
  if (counted.length === 0) return undefined;
  const sum = (column: 2 | 3): number => counted.reduce((bytes, line) => bytes + Number(line[column]), 0);
  return { received: sum(2), sent: sum(3) };
}

function moved(
  before: NetworkBytes | undefined,
  after: NetworkBytes | undefined,
): Pick<MachineUsage, "networkInMb" | "networkOutMb"> {
  if (before === undefined || after === undefined) return {};
  const mb = (from: number, to: number): number => Math.max(0, Math.floor((to - from) / bytesPerMb));
  return { networkInMb: mb(before.received, after.received), networkOutMb: mb(before.sent, after.sent) };
}

function usedMb(path: string): number | undefined {
  try {
    const { blocks, bfree, bsize } = statfsSync(path);
    return Math.ceil(((blocks - bfree) * bsize) / bytesPerMb);
  } catch {
    return undefined;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
