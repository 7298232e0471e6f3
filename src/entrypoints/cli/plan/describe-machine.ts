import { duration } from "../../../core/check-run/duration.ts";
import type { Execution } from "../../../core/model/execution.ts";
import type { MachineSpec } from "../../../core/model/machine.ts";
import { executionNames } from "../../../core/planning/plan/asked.ts";

const markets = {
  prefer: "spot, else on demand",
  never: "on demand",
  only: "spot only",
} as const satisfies Readonly<Record<NonNullable<MachineSpec["spot"]>, string>>;

/** The machine of a plan on one line. */
export function describeMachine(execution: Execution, spec: MachineSpec): string {
  const { arch, cpu, memoryMb, diskGb, timeoutMinutes, instanceTypes, spot, image, role, subnets } = spec;
  const memory = memoryMb % 1024 === 0 ? `${memoryMb / 1024} GB` : `${memoryMb} MB`;
  const size = cpu === undefined ? memory : `${cpu} vCPU, ${memory}`;
  return [
    `${executionNames[execution]} ${arch}, ${size}, ${diskGb} GB of disk`,
    ...(instanceTypes === undefined ? [] : [`the first to be had of ${instanceTypes.join(", ")}`]),
    ...(spot === undefined ? [] : [markets[spot]]),
    `for jobs of up to ${duration(timeoutMinutes * 60_000)}`,
    ...(image === undefined ? [] : [`image ${image.name}${image.id === undefined ? "" : ` (${image.id})`}`]),
    ...(role === undefined ? [] : [`role ${role}`]),
    ...(subnets === undefined ? [] : [`subnets ${subnets.name}`]),
  ].join("; ");
}
