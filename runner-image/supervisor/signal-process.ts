import { readProcess, type ProcessEntry } from "./process-table.ts";

/**
 * Signals exactly the process that was looked at: nothing happens when it is gone or its pid belongs to another
 * process by now. Never throws.
 */
export function signalProcess(entry: ProcessEntry, signal: NodeJS.Signals): void {
  if (entry.pid <= 1 || entry.kernel) return;
  const now = readProcess(entry.pid);
  if (now === undefined || now.zombie || now.startTicks !== entry.startTicks) return;
  try {
    process.kill(entry.pid, signal);
  } catch {
    // gone between the look and the signal, or another user's
  }
}
