import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** How long a process has after SIGINT before SIGTERM, and after that before SIGKILL. */
export type Grace = { readonly interruptMs: number; readonly terminateMs: number };

export type ProcessOrder = {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly line: (line: string) => void;
  /** Aborted: the process and its group are ended, by SIGINT first. */
  readonly signal: AbortSignal;
  readonly grace: Grace;
};

/** How long output is read on that background processes of a step hold open after the step itself has ended. */
const OUTPUT_AFTER_EXIT_MS = 500;
const MAX_LINE_LENGTH = 65_536;

/**
 * Runs one process in a process group of its own and resolves with its exit code, 128 + the signal's number when it
 * died of a signal. Rejects when it cannot be started.
 */
export function stepProcess(order: ProcessOrder): Promise<number> {
  const { file, args, cwd, env, line, signal, grace } = order;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const endings = [readLines(child.stdout, line), readLines(child.stderr, line)];
    const timers: NodeJS.Timeout[] = [];
    const kill = (name: NodeJS.Signals): void => {
      if (child.pid !== undefined) signalGroup(child.pid, name);
    };
    const stop = (): void => {
      kill("SIGINT");
      timers.push(setTimeout(kill, grace.interruptMs, "SIGTERM"));
      timers.push(setTimeout(kill, grace.interruptMs + grace.terminateMs, "SIGKILL"));
    };
    child.once("error", reject);
    child.once("exit", (code, name) => {
      signal.removeEventListener("abort", stop);
      for (const timer of timers) clearTimeout(timer);
      if (signal.aborted) kill("SIGKILL"); // others of the group
      const giveUp = setTimeout(finish, OUTPUT_AFTER_EXIT_MS);
      child.once("close", finish);
      function finish(): void {
        clearTimeout(giveUp);
        for (const end of endings) end();
        resolve(code ?? 128 + constants.signals[name ?? "SIGKILL"]);
      }
    });
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

function signalGroup(leader: number, name: NodeJS.Signals): void {
  try {
    process.kill(-leader, name);
  } catch {
    // the whole group has ended
  }
}

/** Calls `line` for each line; the function it gives ends the reading: the rest is a line too, later output is dropped. */
function readLines(stream: Readable, line: (line: string) => void): () => void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let ended = false;
  stream.on("data", (chunk: Buffer) => {
    if (ended) return;
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) line(text.endsWith("\r") ? text.slice(0, -1) : text);
    if (rest.length > MAX_LINE_LENGTH) {
      line(rest);
      rest = "";
    }
  });
  return () => {
    if (ended) return;
    ended = true;
    const last = rest + decoder.end();
    if (last !== "") line(last);
    // a background process may hold it: it is read on, so that the process does not die of it, but not waited for
    (stream as Readable & { unref?: () => void }).unref?.();
  };
}
