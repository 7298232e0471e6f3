import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lines } from "./lines.ts";
import { readProcess } from "./process-table.ts";
import { signalProcess } from "./signal-process.ts";

export type ListenerExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type Listener = {
  readonly pid: number | undefined;
  readonly exited: Promise<ListenerExit>;
  /** Signals the listener alone, never its group: it passes a shutdown on to its worker in its own way. */
  signal(signal: NodeJS.Signals): void;
  /** Waits until its output has been read to the end; a process that kept the pipe open is not waited for. */
  drained(withinMs: number): Promise<void>;
};

/**
 * Starts `bin/Runner.Listener run` itself, not run.sh, whose exit code says nothing, in a session of its own. Each
 * line of its output is redacted and handed to `onLine`. A listener that cannot be started has exited with code null.
 */
export function startListener(options: {
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly redact: (text: string) => string;
  readonly onLine: (line: string) => void;
}): Listener {
  const child = spawn(join(options.root, "bin", "Runner.Listener"), ["run"], {
    cwd: options.root,
    env: options.environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const self = child.pid === undefined ? undefined : readProcess(child.pid);
  const ends = [child.stdout, child.stderr].map((stream) => {
    const cut = lines(options.redact, options.onLine);
    stream.on("data", (chunk: Buffer) => cut.write(chunk));
    return new Promise<void>((resolve) => {
      stream.once("close", () => {
        cut.end();
        resolve();
      });
    });
  });
  const exited = new Promise<ListenerExit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", (error) => {
      options.onLine(`The runner could not be started: ${error.message}`);
      resolve({ code: null, signal: null });
    });
  });
  return {
    pid: child.pid,
    exited,
    signal(signal) {
      if (self !== undefined) signalProcess(self, signal);
    },
    async drained(withinMs) {
      const limit = new AbortController();
      const timer = sleep(withinMs, undefined, { signal: limit.signal }).catch(() => undefined);
      await Promise.race([Promise.all(ends), timer]);
      limit.abort();
      child.stdout.destroy();
      child.stderr.destroy();
    },
  };
}
