import { TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import type { ComputeProvider } from "../../../core/ports.ts";
import { ec2CallError } from "./ec2-call-error.ts";
import { endedReason } from "./ended-reason.ts";
import { findInstances } from "./find-instances.ts";
import type { StackInRegion } from "./find-instances.ts";

/** Ends a runner's machine, or all of its machines that can be seen when none is known by its id. */
export async function terminate(
  options: StackInRegion,
  { runnerName, machineId }: Omit<Parameters<ComputeProvider["terminate"]>[0], "region">,
): Promise<void> {
  const machineIds = machineId === undefined ? await machinesOf(options, runnerName) : [machineId];
  // One a call: EC2 ends none of several when one of them is unknown.
  for (const one of machineIds) await terminateOne(options, one);
}

async function machinesOf(options: StackInRegion, runnerName: string): Promise<string[]> {
  const found = await findInstances(options, { runnerName });
  return found.filter(({ instance }) => endedReason(instance) === undefined).map((one) => one.machineId);
}

async function terminateOne({ client }: StackInRegion, machineId: string): Promise<void> {
  try {
    await client.send(new TerminateInstancesCommand({ InstanceIds: [machineId] }));
  } catch (error) {
    const failed = ec2CallError(error, "TerminateInstances");
    if (failed.facts.code !== "InvalidInstanceID.NotFound") throw failed;
  }
}
