import type { Core } from "../core.ts";
import type { Execution } from "./execution.ts";
import type { MachineSpec } from "./machine.ts";

/** Region that a machine is launched in: as its provider has it, else the installation's own. */
export function machineRegion(
  { compute, settings }: Pick<Core, "compute" | "settings">,
  execution: Execution,
  spec: MachineSpec,
): string {
  return compute[execution]?.regionOf?.(spec) ?? settings.region;
}
