import type { FaultCatalogue, Faults } from "../faults.ts";
import type { Timings } from "./timings.ts";
import { problem, type Answer } from "./rest/answer.ts";
import { OPERATIONS } from "./rest/operations.ts";

const ALIASES: Readonly<Record<string, string>> = {
  "actions/generate-runner-jitconfig-for-repo": "generate-jitconfig",
};

const OF_AN_OPERATION = { kinds: ["lost-reply", "status"], codes: ["rate-limit", "secondary-rate-limit", "forbidden"] };

/** Faults of the fake GitHub: each operation by the last part of its id, and the App's webhook. */
export const githubFaults: FaultCatalogue["github"] & object = {
  ...Object.fromEntries(OPERATIONS.flatMap(({ id }) => names(id)).map((name) => [name, OF_AN_OPERATION])),
  webhook: { kinds: ["drop", "duplicate", "late"], codes: [] },
};

/** The kind of fault that strikes this call of an operation, by any of its names. */
export function takeFault(faults: Faults, operationId: string): string | undefined {
  for (const name of names(operationId)) {
    const kind = faults.take("github", name);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/** What a struck call answers instead of doing anything; undefined for a fault that comes after the effect. */
export function faultAnswer(kind: string, nowMs: number, timings: Timings): Answer | undefined {
  const waitSeconds = Math.ceil(timings.rateLimitFaultMs / 1000);
  if (kind === "rate-limit") {
    const reset = String(Math.ceil((nowMs + timings.rateLimitFaultMs) / 1000));
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
    return problem(403, "API rate limit exceeded for installation.", headers);
  }
  if (kind === "secondary-rate-limit") {
    const message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    return problem(403, message, { "retry-after": String(waitSeconds) });
  }
  // as seen where self-hosted runners are disabled: no message at all
  if (kind === "forbidden") return problem(403, "");
  const status = Number(kind);
  if (Number.isNaN(status)) return undefined;
  return status === 502 || status === 504 ? unicorn(status) : problem(status, MESSAGES[status] ?? "Server Error");
}

const MESSAGES: Readonly<Record<number, string>> = {
  401: "Bad credentials",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  422: "Validation Failed",
  429: "Too Many Requests",
};

/** GitHub's edge answers with a page, not with JSON. */
function unicorn(status: number): Answer {
  const text = "<!DOCTYPE html><html><head><title>Unicorn! &middot; GitHub</title></head><body></body></html>";
  return { status, raw: { contentType: "text/html; charset=utf-8", text } };
}

function names(operationId: string): string[] {
  const alias = ALIASES[operationId];
  return [...(alias === undefined ? [] : [alias]), operationId.slice(operationId.indexOf("/") + 1)];
}
