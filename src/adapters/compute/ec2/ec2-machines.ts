import type { ComputeProvider } from "../../../core/ports.ts";
import type { Ec2Options } from "./ec2-options.ts";
import { endedReason } from "./ended-reason.ts";
import { findInstances } from "./find-instances.ts";
import { terminate } from "./terminate.ts";

/** Lists and ends machines, in any region: there may be some where none is launched any more. */
export function ec2Machines({
  clients,
  stack,
}: Pick<Ec2Options, "clients" | "stack">): Pick<ComputeProvider, "list" | "terminate"> {
  return {
    async list({ region, runnerName }) {
      const found = await findInstances({ client: clients(region), stack }, { runnerName });
      return found.map(({ machineId, runnerName: name, instance }) => ({
        machineId,
        runnerName: name,
        ended: endedReason(instance),
      }));
    },
    terminate: async (machine) => await terminate({ client: clients(machine.region), stack }, machine),
  };
}
