import type { Arch, MachineSpec } from "../../model/machine.ts";
import { chooseInstanceTypes } from "../machines/choose-types.ts";
import { machineTypes } from "../machines/instance-types.ts";
import type { OptionValues } from "../options.ts";
import type { Policy } from "../policy/policy.ts";
import { policyPlace } from "../policy/policy-place.ts";
import { archOf } from "../runner-config/instance-type-facts.ts";
import { capped } from "./capped.ts";
import type { CommonSpec, Given, NoMachine, Settled } from "./machine.ts";

/** Where nobody says anything: docs/runner-yml.md. */
const defaults = { cpu: 2, memoryGb: 4, diskGb: 30, timeoutMinutes: 360, spot: "prefer" } as const;

/** The instance types that have what is asked for, the cheapest first, or those that are named. */
export function ec2Machine(values: OptionValues, common: CommonSpec, { policy }: Given): Settled {
  const { maxima } = policy;
  const types = values["instance-types"];
  const size = types === undefined ? bySize(values, common.arch, policy) : byName(types, common.arch);
  if ("code" in size) return size;
  const { "disk-gb": diskGb, "timeout-minutes": timeoutMinutes, spot = defaults.spot } = values;
  return {
    spec: {
      ...common,
      ...size,
      diskGb: diskGb ?? capped(defaults.diskGb, maxima.diskGb),
      timeoutMinutes: timeoutMinutes ?? capped(defaults.timeoutMinutes, maxima.timeoutMinutes),
      spot,
    },
  };
}

type Size = Pick<MachineSpec, "cpu" | "memoryMb" | "instanceTypes">;

function bySize(values: OptionValues, arch: Arch, policy: Policy): Size | NoMachine {
  const { instanceTypes: globs, maxima } = policy;
  const cpu = values.cpu ?? capped(defaults.cpu, maxima.cpu);
  const memoryGb = values["memory-gb"] ?? capped(defaults.memoryGb, maxima.memoryGb);
  const memoryMb = Math.ceil(memoryGb * 1024);
  const instanceTypes = chooseInstanceTypes({ cpu, memoryMb, arch, globs });
  if (instanceTypes.length > 0) return { cpu, memoryMb, instanceTypes };
  const within = globs === undefined ? "" : ` among ${globs.join(", ")}${policyPlace(policy, "instance-types")}`;
  const detail = `no ${arch} instance type with ${cpu} vCPU and ${memoryGb} GB${within}`;
  return { code: "MF-MACHINE", detail };
}

/** Types that the file names speak for themselves: the first one tells what the job gets. */
function byName(instanceTypes: readonly string[], arch: Arch): Size | NoMachine {
  const wrong = instanceTypes.find((type) => archOf(type) !== arch);
  if (wrong !== undefined) return { code: "MF-MACHINE", detail: `${wrong} is no ${arch} machine` };
  const first = machineTypes.get(instanceTypes[0] ?? "");
  return { cpu: first?.vcpu, memoryMb: first?.memoryMb ?? defaults.memoryGb * 1024, instanceTypes };
}
