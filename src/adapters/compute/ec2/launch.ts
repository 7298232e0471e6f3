import { RunInstancesCommand } from "@aws-sdk/client-ec2";
import { CallError } from "../../../core/errors/call-error.ts";
import type { LaunchRequest } from "../../../core/ports.ts";
import { ec2CallError } from "./ec2-call-error.ts";
import type { Ec2Options } from "./ec2-options.ts";
import { findInstances } from "./find-instances.ts";
import type { StackInRegion } from "./find-instances.ts";
import { runInstancesInput } from "./run-instances-input.ts";
import type { LaunchOptions } from "./run-instances-input.ts";

/**
 * Asks for one machine, or for the one again that the same request got before. Where EC2 knows the client token with
 * other parameters (the operator changed a setting between two calls), the machine that it started then is taken,
 * never a second one.
 */
export async function launch(
  options: LaunchOptions & Pick<Ec2Options, "clients">,
  request: LaunchRequest,
): Promise<{ readonly machineId: string }> {
  const input = runInstancesInput(options, request);
  const client = options.clients(request.region);
  let machineId: string | undefined;
  try {
    const reply = await client.send(new RunInstancesCommand(input));
    machineId = reply.Instances?.[0]?.InstanceId;
  } catch (error) {
    const failed = ec2CallError(error, "RunInstances", request);
    if (failed.facts.code !== "IdempotentParameterMismatch") throw failed;
    machineId = await launchedBefore({ client, stack: options.stack }, input.ClientToken, failed);
  }
  if (machineId === undefined) throw lostReply("the answer names no machine");
  return { machineId };
}

/** The machine that a client token started; as long as none is seen, it may be there all the same. */
async function launchedBefore(
  options: StackInRegion,
  clientToken: string | undefined,
  mismatch: CallError,
): Promise<string> {
  const found = await findInstances(options, { clientToken }).catch((error: unknown) => {
    if (!(error instanceof CallError)) throw error;
    throw lostReply(`${mismatch.facts.message} and then ${error.message}`);
  });
  const machineId = found[0]?.machineId;
  if (machineId === undefined) throw mismatch;
  return machineId;
}

function lostReply(message: string): CallError {
  return new CallError({ service: "ec2", operation: "RunInstances", kind: "lost-reply", message });
}
