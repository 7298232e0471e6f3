import { asObject } from "../../../adapters/json-object.ts";
import type { JsonObject } from "../../../adapters/json-object.ts";
import { someText } from "../../../core/pipeline/payload-fields.ts";
import type { Work } from "./work.ts";

/** Of an instance that can go on with no job; `pending` and `running` are no news (EC2 User Guide, 2026). */
const endStates: readonly string[] = ["stopping", "stopped", "shutting-down", "terminated"];
const states: readonly string[] = [...endStates, "pending", "running"];

/**
 * What EventBridge tells of EC2 instances (EC2 User Guide, "Spot Instance interruption notices" and "State change
 * events for Amazon EC2 instances", 2026). They need not be ours.
 */
export function readCloudEvent(event: JsonObject): Work {
  const detail = asObject(event["detail"]);
  const machineId = someText(detail?.["instance-id"]);
  if (event["source"] !== "aws.ec2" || machineId === undefined) {
    return { is: "unreadable", reason: "an event of EventBridge that is not about an EC2 instance" };
  }
  if (event["detail-type"] === "EC2 Spot Instance Interruption Warning") {
    return { is: "message", message: { kind: "machine", machineId, event: "notice", why: "spot interruption" } };
  }
  const state = someText(detail?.["state"]);
  if (event["detail-type"] !== "EC2 Instance State-change Notification" || !states.includes(state ?? "")) {
    return { is: "unreadable", reason: "an event about an EC2 instance that Mayfly does not know" };
  }
  if (!endStates.includes(state ?? "")) return { is: "nothing" };
  return { is: "message", message: { kind: "machine", machineId, event: "ended", why: `the instance is ${state}` } };
}
