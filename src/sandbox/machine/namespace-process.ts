import { spawn, type ChildProcess } from "node:child_process";
import { Duplex } from "node:stream";
import { buildScript, firstScript, guardScript, handshakeScript, systemPath } from "./machine-scripts.ts";
import { writeUserMaps } from "./user-maps.ts";

export type NamespaceProcessOptions = {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Becomes /tmp. */
  readonly tmpDir: string;
  /** Those that lie under /tmp stay visible. */
  readonly visible: readonly string[];
  readonly hostname: string;
};

const namespaces = ["--user", "--pid", "--mount", "--mount-proc", "--ipc", "--uts"];

/**
 * Runs a command behind the one wall that there is between machines and this computer, see build-machine.sh. The
 * process that it returns stands outside, and with it all inside ends; it must be ended with SIGKILL, and ends by
 * itself when we do. An exit code above 0 may mean that the wall could not be built; the output says why.
 */
export function spawnInNamespaces(options: NamespaceProcessOptions): ChildProcess {
  const { command, env, tmpDir, visible, hostname } = options;
  const tied = ["--pdeathsig", "KILL", "sh", "-c", guardScript, String(process.pid)];
  const build = ["/bin/bash", "-p", "-c", buildScript, "bash", firstScript];
  const settings = [tmpDir, hostname, env["PATH"] ?? "", String(visible.length), ...visible];
  const inside = ["sh", "-c", handshakeScript, "sh", ...build, ...settings, ...command];
  const child = spawn("setpriv", [...tied, "unshare", ...namespaces, "--fork", ...inside], {
    cwd: "/",
    env: { ...env, PATH: systemPath },
    // a session of its own: Ctrl-C at the terminal ends the sandbox, and the sandbox ends its machines in order
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const channel = child.stdio[3];
  if (channel instanceof Duplex) {
    channel.once("data", () => channel.end(`${writeUserMaps(child.pid ?? 0)}\n`));
    // it ended before it had asked or read; its exit says so
    channel.on("error", () => undefined);
    child.once("exit", () => channel.destroy());
  }
  return child;
}
