import { parseObject } from "../../../adapters/json-object.ts";
import type { JsonObject } from "../../../adapters/json-object.ts";
import { visibleText } from "../../../core/check-run/visible-text.ts";
import { isMessageKind } from "../../../core/dispatch.ts";
import type { Message } from "../../../core/ports.ts";
import { readCloudEvent } from "./read-cloud-event.ts";
import { readInvocationRecord } from "./read-invocation-record.ts";
import type { Work } from "./work.ts";

/**
 * Three senders write to the work queue: Mayfly itself, Lambda (the on-failure destination of its runner functions) and
 * EventBridge (what happens to EC2 instances). Of a message of our own only the kind is looked at: what nobody but the
 * core would write is the core's to understand. Never throws.
 */
export function readWork(body: string): Work {
  const fields = parseObject(body);
  if (fields === undefined) return { is: "unreadable", reason: "the text is no JSON object" };
  if ("kind" in fields) return readOwn(fields);
  if ("requestContext" in fields) return readInvocationRecord(fields);
  if ("detail-type" in fields) return readCloudEvent(fields);
  const reason = "neither a message of Mayfly, nor a record of Lambda's, nor an event of EventBridge";
  return { is: "unreadable", reason };
}

function readOwn(fields: JsonObject): Work {
  const { kind } = fields;
  if (isMessageKind(kind)) {
    return { is: "message", message: { ...fields, kind } as Message };
  }
  const named = typeof kind === "string" ? `"${visibleText(kind).slice(0, 40)}"` : "that is no text";
  return { is: "unreadable", reason: `a message of a kind ${named}, which this version does not know` };
}
