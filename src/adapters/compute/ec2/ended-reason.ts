import type { Instance } from "@aws-sdk/client-ec2";

const spotCodes = new Set(["Server.SpotInstanceTermination", "Server.SpotInstanceShutdown"]);

/** Why a machine has ended or is ending, for people; undefined while it is there. */
export function endedReason({ State, StateReason, StateTransitionReason }: Instance): string | undefined {
  const state = State?.Name;
  if (state === undefined || state === "pending" || state === "running") return undefined;
  const code = StateReason?.Code ?? "";
  // a present but empty text says nothing
  const words = StateReason?.Message || StateTransitionReason || `the machine is ${state}`;
  if (spotCodes.has(code)) return `spot interruption: ${words.replace(`${code}: `, "")}`;
  if (code === "Client.InternalError") return `${words}: check the KMS key of the disk`;
  return words;
}
