import type { Arch } from "../../model/machine.ts";
import { burstableFamilies, burstableSizes, families, vcpuOf } from "./families.ts";
import familiesBySizes from "./instance-type-names.json" with { type: "json" };

/** A type of EC2 instance that Mayfly knows the size of. */
export type MachineType = {
  readonly name: string;
  readonly family: string;
  readonly vcpu: number;
  readonly memoryMb: number;
  readonly arch: Arch;
  /**
   * On demand, Linux, us-east-1, with a busy CPU: that of burstable types holds their surplus credits, which short
   * machines that never waited have to pay. Undefined: not known, which never refuses anything.
   */
  readonly usdPerHour: number | undefined;
  /** Made for a CPU that is busy, and current: what is chosen when nobody names types or families. */
  readonly preferred: boolean;
};

/** Every type that EC2 has, as the AWS SDK lists them; see scripts/instance-types.ts. */
export const instanceTypeNames: ReadonlySet<string> = new Set(
  Object.entries(familiesBySizes).flatMap(([sizes, names]) =>
    names.split(" ").flatMap((family) => sizes.split(" ").map((size) => `${family}.${size}`)),
  ),
);

/** Types of which vCPU, memory and architecture are known, by name. The others can be named, not chosen. */
export const machineTypes: ReadonlyMap<string, MachineType> = new Map(
  [...steadyTypes(), ...burstableTypes()].map((type) => [type.name, type]),
);

function steadyTypes(): MachineType[] {
  return Object.entries(families).flatMap(([family, { arch, gbPerVcpu, usdPerVcpuHour, sizes, preferred }]) =>
    sizes.split(" ").map((size) => {
      const vcpu = vcpuOf(size);
      const usdPerHour = usdPerVcpuHour === undefined ? undefined : rounded(usdPerVcpuHour * vcpu);
      return {
        name: `${family}.${size}`,
        family,
        vcpu,
        memoryMb: vcpu * gbPerVcpu * 1024,
        arch,
        usdPerHour,
        preferred,
      };
    }),
  );
}

function burstableTypes(): MachineType[] {
  return Object.entries(burstableFamilies).flatMap(([family, { arch, usdPerGbHour, surplusUsdPerVcpuHour }]) =>
    burstableSizes.map(({ size, vcpu, memoryGb, baseline }) => ({
      name: `${family}.${size}`,
      family,
      vcpu,
      memoryMb: memoryGb * 1024,
      arch,
      usdPerHour: rounded(usdPerGbHour * memoryGb + surplusUsdPerVcpuHour * vcpu * (1 - baseline)),
      preferred: false,
    })),
  );
}

/** To the digits that AWS's price list has. */
function rounded(usd: number): number {
  return Number(usd.toFixed(5));
}
