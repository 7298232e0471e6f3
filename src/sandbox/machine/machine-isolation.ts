import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { namespaceScript } from "./namespace-script.ts";

/**
 * How machines are kept apart on this computer:
 * - `namespaces`: a machine sees its own processes and its own /tmp only, and the kernel ends all of it at once.
 *   `prefix` is the command line that makes one.
 * - `processes`: the kernel does not allow that here (`reason`); a machine is a marked process group.
 */
export type MachineIsolation =
  | { readonly kind: "namespaces"; readonly prefix: readonly string[] }
  | { readonly kind: "processes"; readonly reason: string };

const run = promisify(execFile);
/**
 * Ends at once when we died before it was tied to us, and leaves descriptor 9 to `namespaceScript`, which looks in the
 * same way whether this process, by then `unshare`, died before it was tied to that.
 */
const guard = ["sh", "-c", '[ "$PPID" = "$0" ] || exit 1; exec 9</proc/self/stat; exec "$@"', String(process.pid)];
const unshare = ["unshare", "--pid", "--fork", "--mount", "--mount-proc", "--kill-child"];
const asRoot = [...guard, ...unshare];
const asUser = [...guard, ...unshare, "--user", "--map-root-user"];
/** A machine must not outlive a sandbox that was killed; not every system has the command. */
const tied = ["setpriv", "--pdeathsig", "KILL"];
const candidates: readonly (readonly string[])[] = [[...tied, ...asRoot], [...tied, ...asUser], asRoot, asUser];

let found: Promise<MachineIsolation> | undefined;

/** Finds out by trying, once per process. */
export function machineIsolation(): Promise<MachineIsolation> {
  found ??= detect();
  return found;
}

async function detect(): Promise<MachineIsolation> {
  const tmp = await mkdtemp(join(tmpdir(), "mayfly-isolation-"));
  try {
    await writeFile(join(tmp, "own"), "");
    let reason = "not Linux";
    for (const prefix of process.platform === "linux" ? candidates : []) {
      try {
        await run(
          prefix[0] ?? "",
          [...prefix.slice(1), "sh", "-c", namespaceScript, "sh", tmp, "0", "sh", "-c", probe],
          {
            timeout: 5_000,
          },
        );
        return { kind: "namespaces", prefix };
      } catch (error) {
        reason = (error instanceof Error ? error.message : String(error)).trim().split("\n").at(-1) ?? "";
      }
    }
    return { kind: "processes", reason };
  } finally {
    await rm(tmp, { recursive: true, force: true });
  }
}

/** Succeeds only where /tmp is the machine's own, can be written, and /proc shows the machine's few processes. */
const probe = `
test -e /tmp/own && : >/tmp/written && test "$PPID" = 1 && test "$(ls /proc | grep -c '^[0-9]')" -lt 8
`;
