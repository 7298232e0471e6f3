import type { Arch } from "../../model/machine.ts";
import { matchesGlob } from "../glob.ts";
import { machineTypes } from "./instance-types.ts";
import type { MachineType } from "./instance-types.ts";

/** So many kinds of machines are tried before a job waits for room. */
const mostTypes = 8;

/** What a machine must have. */
export type MachineNeed = {
  readonly cpu: number;
  readonly memoryMb: number;
  readonly arch: Arch;
  /** Instance types that the operator allows, such as `c7i.*`; undefined: all. */
  readonly globs: readonly string[] | undefined;
};

/**
 * The instance types for a job, in the order in which they are tried: of every family the smallest that has the CPU and
 * the memory, the cheapest family first, those without a known price last, at most eight. Each family is a pool of
 * machines of its own, so that the next one may have room. Burstable, `flex` and earlier families come only where the
 * operator's globs let them in, and after the others: a job keeps its CPU busy, which costs credits on the first and is
 * not promised by the second. Empty when nothing fits.
 */
export function chooseInstanceTypes(
  { cpu, memoryMb, arch, globs }: MachineNeed,
  types: ReadonlyMap<string, MachineType> = machineTypes,
): readonly string[] {
  const smallest = new Map<string, MachineType>();
  for (const type of types.values()) {
    if (type.arch !== arch || type.vcpu < cpu || type.memoryMb < memoryMb || !isAllowed(type, globs)) continue;
    const other = smallest.get(type.family);
    if (other === undefined || compareSizes(type, other) < 0) smallest.set(type.family, type);
  }
  return [...smallest.values()]
    .toSorted(comparePreference)
    .slice(0, mostTypes)
    .map(({ name }) => name);
}

function isAllowed({ name, preferred }: MachineType, globs: readonly string[] | undefined): boolean {
  return globs === undefined ? preferred : globs.some((glob) => matchesGlob(name, glob));
}

function compareSizes(left: MachineType, right: MachineType): number {
  return left.vcpu - right.vcpu || left.memoryMb - right.memoryMb;
}

function comparePreference(left: MachineType, right: MachineType): number {
  if (left.preferred !== right.preferred) return left.preferred ? -1 : 1;
  const [leftUsd, rightUsd] = [left.usdPerHour ?? Infinity, right.usdPerHour ?? Infinity];
  return leftUsd === rightUsd ? 0 : leftUsd - rightUsd;
}
