import { visibleText } from "../../../core/check-run/visible-text.ts";
import { asObject } from "../../../adapters/json-object.ts";
import type { JsonObject } from "../../../adapters/json-object.ts";
import { someText } from "../../../core/pipeline/payload-fields.ts";
import type { Work } from "./work.ts";

/** What Lambda puts before its own words: a time, the request's id, or both. */
const prefix = /^(?:\d{4}-\d\d-\d\dT\S+Z )?(?:RequestId: )?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12} (?:Error: )?/i;

const longestWhy = 200;

/**
 * Lambda's record of an asynchronous invocation that it has given up, as its on-failure destination gets it (Lambda
 * Developer Guide, "Capturing records of Lambda asynchronous invocations", 2026). `requestPayload` is the event, ours
 * from the compute provider. `condition` is `RetriesExhausted` when an environment was given the event and did not end
 * well; else (`EventAgeExceeded`, `ZeroReservedConcurrency`) no environment ever was.
 */
export function readInvocationRecord(record: JsonObject): Work {
  const runner = someText(asObject(record["requestPayload"])?.["runner"]);
  const condition = someText(asObject(record["requestContext"])?.["condition"]);
  if (condition === "Success") return { is: "nothing" };
  if (condition === undefined) return { is: "unreadable", reason: "a record of Lambda's that names no condition" };
  if (runner === undefined) {
    return { is: "unreadable", reason: "a record of Lambda's whose event names no runner: not invoked by Mayfly" };
  }
  const { dropped, why } =
    condition === "RetriesExhausted" ? endedBy(record) : { dropped: true, why: neverDelivered(condition) };
  return { is: "message", message: { kind: "invocation-failed", runner, dropped, why } };
}

function neverDelivered(condition: string): string {
  if (condition === "EventAgeExceeded") return "Lambda dropped the event: it had no room for it in time";
  if (condition === "ZeroReservedConcurrency") {
    return "Lambda dropped the event: the function's reserved concurrency is zero";
  }
  return `Lambda dropped the event: ${visibleText(condition).slice(0, 60)}`;
}

/** An environment had the event, and Lambda ended it, or its program said that it would not serve the event. */
function endedBy({ responsePayload, responseContext }: JsonObject): {
  readonly dropped: boolean;
  readonly why: string;
} {
  const answer = asObject(responsePayload);
  const type = someText(answer?.["errorType"]) ?? "";
  const words = someText(answer?.["errorMessage"]) ?? "";
  const said = visibleText(words.replace(prefix, "")).slice(0, longestWhy);
  // the supervisor's own types: a second event for the same runner, or one that it could not read
  if (type.startsWith("Mayfly."))
    return { dropped: true, why: `the runner's program refused the event: ${said || type}` };
  const told =
    said || visibleText(type || someText(asObject(responseContext)?.["functionError"]) || "it gave no reason");
  return { dropped: false, why: `Lambda ended it: ${told.slice(0, longestWhy)}` };
}
