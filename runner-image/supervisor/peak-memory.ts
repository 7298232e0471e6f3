import { readFileSync, readdirSync } from "node:fs";

/** How much memory a process and everything that descends from it holds, sampled; the peak of the samples. */
export type PeakMemory = { sample(): void; stop(): number | null };

/** Starts sampling the family of `pid` every `everyMs`. Shared pages count once for each process. */
export function peakMemory(pid: number, everyMs: number): PeakMemory {
  let peakKb = 0;
  const sample = (): void => {
    const total = family(pid).reduce((sum, member) => sum + residentKb(member), 0);
    peakKb = Math.max(peakKb, total);
  };
  const timer = setInterval(sample, everyMs);
  timer.unref();
  return {
    sample,
    stop() {
      clearInterval(timer);
      return peakKb === 0 ? null : Math.ceil(peakKb / 1024);
    },
  };
}

function family(pid: number): number[] {
  const found = [pid];
  for (const at of found) {
    for (const task of names(`/proc/${String(at)}/task`)) {
      const children = text(`/proc/${String(at)}/task/${task}/children`);
      found.push(...children.split(" ").filter(Boolean).map(Number));
    }
  }
  return found;
}

function residentKb(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(text(`/proc/${String(pid)}/status`));
  return Number(match?.[1] ?? 0);
}

function names(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
