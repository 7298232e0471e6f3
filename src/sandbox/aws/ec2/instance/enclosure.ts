import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeTree } from "../../../../../runner-image/supervisor/remove-tree.ts";
import type { MachineIsolation } from "../../../machine/machine-isolation.ts";
import { startMachine } from "../../../machine/machine.ts";
import { enclosedScript, enclosureScript } from "./enclosure-script.ts";

/** What of a machine has to be run, and with what environment, so that `command` can do nothing to this computer. */
export type Enclosure = (place: string, hostname: string, command: readonly string[]) => EnclosedCommand;

type EnclosedCommand = { readonly command: readonly string[]; readonly env: Readonly<Record<string, string>> };

const tried = new Map<string, Promise<string | undefined>>();

/**
 * How an instance is kept from this computer beyond what a machine by namespaces is; tried once per process. Rejects,
 * with the reason, when that is not possible and the instance would run as root; as another user its user data can do
 * then what that user can.
 */
export async function enclosure(isolation: MachineIsolation): Promise<Enclosure> {
  const reason = await inTheWay(isolation);
  if (reason === undefined) return enclosed;
  if (process.getuid?.() === 0) {
    throw new Error(
      `No instance is started as root where it cannot have namespaces of its own (${reason}): ` +
        "its user data could change this computer. Run as another user.",
    );
  }
  return (_place, _hostname, command) => ({ command, env: {} });
}

async function inTheWay(isolation: MachineIsolation): Promise<string | undefined> {
  if (isolation.kind === "processes") return isolation.reason;
  const key = isolation.prefix.join("\0");
  const result = tried.get(key) ?? trial(isolation);
  tried.set(key, result);
  return await result;
}

function enclosed(place: string, hostname: string, command: readonly string[]): EnclosedCommand {
  return {
    command: ["/bin/sh", "-c", enclosureScript, "sh", place, hostname, ...command],
    env: { ENCLOSED: enclosedScript },
  };
}

/** Succeeds only where no disk can be seen and no mount undone. */
const probe = 'test -c /dev/null && test ! -e /dev/mem && test -z "$(find /dev -type b)" && ! umount /run';

const trialMs = 10_000;

/** What is in the way; undefined when nothing is. */
async function trial(isolation: MachineIsolation): Promise<string | undefined> {
  const tmpDir = await mkdtemp(join(tmpdir(), "mayfly-enclosure-"));
  let output = "";
  try {
    const { command, env } = enclosed("/tmp", "trial", ["/bin/sh", "-c", probe]);
    const [file = "", ...args] = command;
    const machine = await startMachine({
      command: file,
      args,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...env },
      tmpDir,
      readOnly: [],
      output: (chunk) => (output += chunk.toString()),
      isolation,
    });
    const clock = setTimeout(() => void machine.kill(), trialMs);
    const { code } = await machine.exited;
    clearTimeout(clock);
    return code === 0 ? undefined : output.trim().split("\n").at(-1) || `exit code ${code}`;
  } finally {
    await removeTree(tmpDir);
  }
}
