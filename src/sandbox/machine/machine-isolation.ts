import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnInNamespaces } from "./namespace-process.ts";

/**
 * How machines are kept apart on this computer:
 * - `namespaces`: a machine sees its own processes, devices and /tmp only, can change nothing else, and the kernel
 *   ends all of it at once.
 * - `processes`: that cannot be had here (`reason`); a machine is a marked process group.
 */
export type MachineIsolation =
  { readonly kind: "namespaces" } | { readonly kind: "processes"; readonly reason: string };

let found: Promise<MachineIsolation> | undefined;

/** Finds out by trying, once per process. */
export function machineIsolation(): Promise<MachineIsolation> {
  found ??= detect();
  return found;
}

async function detect(): Promise<MachineIsolation> {
  if (process.platform !== "linux") return { kind: "processes", reason: "not Linux" };
  const reason = await inTheWay();
  return reason === undefined ? { kind: "namespaces" } : { kind: "processes", reason };
}

/**
 * Succeeds only where /tmp is the machine's own and can be written, /proc shows its few processes, no disk can be
 * seen, no mount undone.
 */
const probe = `
test -e /tmp/own && : >/tmp/written && test "$PPID" = 1 && test "$(ls /proc | grep -c '^[0-9]')" -lt 8 &&
test -c /dev/null && test ! -e /dev/mem && test -z "$(find /dev -type b)" && ! umount /run`;

const patienceMs = 10_000;

/** What is in the way of namespaces; undefined when nothing is. */
async function inTheWay(): Promise<string | undefined> {
  const tmpDir = await mkdtemp(join(tmpdir(), "mayfly-isolation-"));
  let output = "";
  try {
    await writeFile(join(tmpDir, "own"), "");
    const command = ["/bin/sh", "-c", probe];
    const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
    const child = spawnInNamespaces({ command, env, tmpDir, visible: [], hostname: "" });
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += String(chunk)));
    const clock = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    const [code] = (await once(child, "close").finally(() => clearTimeout(clock))) as [number | null];
    return code === 0 ? undefined : output.trim().split("\n").at(-1) || `exit code ${code}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rm(tmpDir, { recursive: true, force: true });
  }
}
