import type { MachineSpec } from "../../src/core/model/machine.ts";

/** A machine as plans settle it where nobody asks for anything, but for `changes`. */
export function machineSpec(changes: Partial<MachineSpec> = {}): MachineSpec {
  const instanceTypes = ["c7i.large", "c7a.large"];
  return { arch: "x64", memoryMb: 2048, diskGb: 30, timeoutMinutes: 60, instanceTypes, ...changes };
}
