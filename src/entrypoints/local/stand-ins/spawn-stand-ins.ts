import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Asked } from "./session.ts";

/** What the new process is told, once, by the channel that Node makes between parent and child. */
export type StandInsRequest = {
  readonly dataDir: string;
  readonly port: number;
  readonly account: string;
  readonly asked: Asked;
};

export type StandInsReady = { readonly ready: true } | { readonly ready: false; readonly reason: string };

const program = join(import.meta.dirname, "main.ts");

/**
 * Starts the stand-ins as a process with a session of its own, so that no signal for this one reaches it; resolves
 * when its session file is there. Whatever it complains of goes to `stand-ins.log`.
 */
export async function spawnStandIns(request: StandInsRequest): Promise<void> {
  const log = await open(join(request.dataDir, "stand-ins.log"), "a");
  // the folder is an argument for people who look at the list of processes
  const args = ["--disable-warning=ExperimentalWarning", program, request.dataDir];
  const child = spawn(process.execPath, args, { detached: true, stdio: ["ignore", log.fd, log.fd, "ipc"] });
  try {
    const ready = await new Promise<StandInsReady>((resolve) => {
      child.once("message", (message) => resolve(message as StandInsReady));
      child.once("error", (error) => resolve({ ready: false, reason: error.message }));
      child.once("exit", () => resolve({ ready: false, reason: "they ended at once; see stand-ins.log" }));
      child.send(request);
    });
    if (!ready.ready) throw new Error(`the stand-ins cannot be started: ${ready.reason}`);
  } finally {
    child.unref();
    await log.close();
  }
}
