import { chooseLambdaMemory, mbPerVcpu } from "../machines/lambda-size.ts";
import type { OptionValues } from "../options.ts";
import { capped } from "./capped.ts";
import type { CommonSpec, Given, Settled } from "./machine.ts";

/** Every function that Mayfly makes has them: docs/runner-yml.md. */
const defaults = { diskGb: 10, timeoutMinutes: 14 } as const;

/** The function that has what is asked for, in its default size when nothing is. */
export function lambdaMachine(values: OptionValues, common: CommonSpec, { policy, offers }: Given): Settled {
  const sizes = offers.lambda?.memoryMb;
  const { cpu, "memory-gb": gb, "timeout-minutes": minutes = defaults.timeoutMinutes } = values;
  const memoryMb = chooseLambdaMemory({ cpu, memoryMb: gb === undefined ? undefined : Math.ceil(gb * 1024) }, sizes);
  if (memoryMb === undefined) {
    const asked = [...(gb === undefined ? [] : [`${gb} GB`]), ...(cpu === undefined ? [] : [`${cpu} vCPU`])];
    const largest = Math.max(...(sizes ?? [10_240]));
    const detail = `${asked.join(" and ")} on Lambda, where the largest function has ${largest} MB`;
    return { code: "MF-MACHINE", detail };
  }
  const vcpu = Math.round((memoryMb / mbPerVcpu) * 10) / 10;
  const timeoutMinutes = capped(minutes, policy.maxima.timeoutMinutes);
  return { spec: { ...common, cpu: vcpu, memoryMb, diskGb: defaults.diskGb, timeoutMinutes } };
}
