import { readFileSync } from "node:fs";

export type ProcessUse = {
  /** The most memory that it ever had, MB of 2^20 bytes. */
  readonly peakRssMb: number;
  /** Time on a processor, in the kernel too. */
  readonly cpuSeconds: number;
};

/** Of Linux's user interface, whatever the kernel counts in (proc_pid_stat(5), sysconf(3)). */
const ticksPerSecond = 100;

/** What a living process has used so far, counted by the kernel; undefined where there is no /proc to read it from. */
export function processUse(pid: number): ProcessUse | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const [, kilobytes = "0"] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // the program's name may hold spaces; behind it comes the third field, and `utime` and `stime` are 14 and 15
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { peakRssMb: Math.round(Number(kilobytes) / 1024), cpuSeconds: ticks / ticksPerSecond };
  } catch {
    return undefined;
  }
}
