import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { machineIsolation, type MachineIsolation } from "../../../src/sandbox/machine/machine-isolation.ts";
import {
  startMachine,
  type Machine,
  type MachineExit,
  type MachineOptions,
} from "../../../src/sandbox/machine/machine.ts";

export const found = await machineIsolation();
export const fallback: MachineIsolation = { kind: "processes", reason: "asked for by a test" };

export type Started = { readonly machine: Machine; readonly tmpDir: string; readonly output: () => string };

export type Rig = {
  readonly folder: string;
  /** Starts a machine that runs this with bash. */
  start(script: string, options?: Partial<MachineOptions>): Promise<Started>;
  /** The same, and waits for its end. */
  run(script: string, options?: Partial<MachineOptions>): Promise<Started & { readonly exit: MachineExit }>;
  /** Ends what was started. */
  killAll(): Promise<void>;
  close(): Promise<void>;
};

export async function startRig(): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-machine-"));
  const machines: Machine[] = [];

  const start: Rig["start"] = async (script, options = {}) => {
    const tmpDir = await mkdtemp(join(folder, "tmp-"));
    let text = "";
    const machine = await startMachine({
      command: "/bin/bash",
      args: ["-c", script],
      env: { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", TMP_DIR: tmpDir },
      tmpDir,
      readOnly: [],
      output: (chunk) => (text += chunk.toString()),
      ...options,
    });
    machines.push(machine);
    return { machine, tmpDir, output: () => text };
  };
  const killAll = async (): Promise<void> => {
    await Promise.all(machines.splice(0).map((machine) => machine.kill()));
  };
  return {
    folder,
    start,
    async run(script, options) {
      const started = await start(script, options);
      return { ...started, exit: await started.machine.exited };
    },
    killAll,
    async close() {
      await killAll();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
