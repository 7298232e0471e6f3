import type { Plan } from "../../model/job.ts";
import type { MachineSpec } from "../../model/machine.ts";
import { candidateOf } from "../../model/runner.ts";
import type { Runner } from "../../model/runner.ts";
import { machineTypes } from "../machines/instance-types.ts";

type Machine = Pick<Runner, "execution" | "spec" | "candidates" | "candidateNumber">;

/**
 * Why the runner's machine, which was launched for another job, is not what a job with this plan asks for, in words;
 * undefined when it is that or more. Image and network must be the same, since they may reach what is not the job's.
 */
export function whyUnfit(runner: Machine, { execution, spec }: Pick<Plan, "execution" | "spec">): string | undefined {
  const machine = runner.spec;
  if (runner.execution !== execution) return `it is on ${runner.execution}, the job's plan is ${execution}`;
  const differing = (["arch", "image", "subnets"] as const).find((key) => nameOf(machine[key]) !== nameOf(spec[key]));
  if (differing !== undefined) {
    const [has = "the usual", asked = "the usual"] = [nameOf(machine[differing]), nameOf(spec[differing])];
    return `it has ${differing} ${has}, the job's plan has ${asked}`;
  }
  const type = candidateOf(runner)?.instanceType;
  const isNamed = type !== undefined && spec.instanceTypes?.includes(type) === true;
  const unfit = isNamed ? undefined : (whyTypeUnfit(type, spec) ?? whyTooSmall(["cpu", "memoryMb"], runner, spec));
  return unfit ?? whyTooSmall(["diskGb", "timeoutMinutes"], runner, spec);
}

function nameOf(value: MachineSpec["arch" | "image" | "subnets"]): string | undefined {
  return typeof value === "object" ? value.name : value;
}

/** A type of which nothing but the name is known, a graphics machine for example, has no equal. */
function whyTypeUnfit(type: string | undefined, { instanceTypes = [] }: MachineSpec): string | undefined {
  const unknown = instanceTypes.filter((name) => !machineTypes.has(name));
  if (type === undefined || unknown.length === 0) return undefined;
  return `it is ${type}, the job's plan names ${unknown.join(", ")}`;
}

const units = { cpu: "vCPU", memoryMb: "MB of memory", diskGb: "GB of disk", timeoutMinutes: "minutes" } as const;

type Size = keyof typeof units;

function whyTooSmall(sizes: readonly Size[], runner: Machine, spec: MachineSpec): string | undefined {
  const type = machineTypes.get(candidateOf(runner)?.instanceType ?? "");
  // What its type has, where that is known, or else what it was launched to have at least.
  const machine = { ...runner.spec, ...(type && { cpu: type.vcpu, memoryMb: type.memoryMb }) };
  const lacking = sizes.find((key) => (machine[key] ?? 0) < (spec[key] ?? 0));
  return lacking && `it has ${machine[lacking] ?? 0} ${units[lacking]}, the job's plan asks for ${spec[lacking]}`;
}
