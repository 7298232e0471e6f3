import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { machineIsolation, type MachineIsolation } from "./machine-isolation.ts";
import { machineProcesses } from "./machine-processes.ts";
import { spawnInNamespaces } from "./namespace-process.ts";
import { closeInherited } from "./machine-scripts.ts";

export type MachineOptions = {
  /** An absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** A directory for this machine alone: with namespaces its /tmp, without them a directory that `env` may name. */
  readonly tmpDir: string;
  /** Absolute paths of code and tools that it needs: with namespaces visible even if they lie under /tmp. */
  readonly readOnly: readonly string[];
  /** With namespaces, where the computer has a command to set it; default: the computer's own. */
  readonly hostname?: string | undefined;
  /** Standard output and standard error, as they come. */
  readonly output: (chunk: Buffer) => void;
  /** Instead of what this computer allows. */
  readonly isolation?: MachineIsolation | undefined;
};

export type MachineExit = {
  /** As a shell says it: 128 + N for a command that signal N ended. Null when the machine was ended from outside. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
};

export type Machine = {
  readonly pid: number;
  readonly isolation: "namespaces" | "processes";
  /** Resolves when the command has ended and nothing of the machine is left. */
  readonly exited: Promise<MachineExit>;
  /** Stops every process of the machine until `thaw`, as Lambda does between events. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Ends everything in the machine; resolves when it has ended. Idempotent. */
  kill(): Promise<void>;
};

/** Name of the variable that marks a machine's processes where there are no namespaces. */
export const machineMarker = "MAYFLY_MACHINE_PROCESS";

/**
 * Starts a command as a machine of its own. 127.0.0.1 is shared with the outside. Rejects when the command cannot be
 * started. Never touches a process that the machine did not start.
 */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const isolation = options.isolation ?? (await machineIsolation());
  const marker = randomUUID();
  const child = isolation.kind === "namespaces" ? spawnEnclosed(options) : spawnMarked(options, marker);
  const ended = new Promise<MachineExit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const closed = Promise.all(
    [child.stdout, child.stderr].map((stream) => {
      stream?.on("data", options.output);
      return new Promise<void>((resolve) => {
        stream?.once("close", resolve);
      });
    }),
  );
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  const pid = child.pid ?? 0;
  const processes = machineProcesses(pid, isolation.kind === "processes" ? `${machineMarker}=${marker}` : undefined);

  const exited = ended.then(async (exit) => {
    await processes.endAll();
    // in namespaces the pipe closes with the last process; without them one that got away may hold it
    await Promise.race([closed, sleep(1_000, undefined, { ref: false })]);
    child.stdout?.destroy();
    child.stderr?.destroy();
    return exit;
  });
  return {
    pid,
    isolation: isolation.kind,
    exited,
    freeze: () => processes.freeze(),
    thaw: () => processes.thaw(),
    async kill() {
      await processes.endAll();
      await exited;
    },
  };
}

function spawnEnclosed({ command, args, env, tmpDir, readOnly, hostname = "" }: MachineOptions): ChildProcess {
  const visible = [...new Set([dirname(command), ...readOnly])];
  return spawnInNamespaces({ command: [command, ...args], env, tmpDir, visible, hostname });
}

function spawnMarked({ command, args, env, tmpDir }: MachineOptions, marker: string): ChildProcess {
  const script = `${closeInherited}exec "$@"`;
  return spawn("/bin/bash", ["-p", "-c", script, "bash", command, ...args], {
    cwd: tmpDir,
    env: { ...env, [machineMarker]: marker },
    // as in namespaces, a session of its own
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
}
