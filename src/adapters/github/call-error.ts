import { CallError, type CallErrorKind } from "../../core/errors/call-error.ts";
import { failedResponse, type FailedResponse } from "./failed-response.ts";
import { namesSecondaryLimit } from "./names-secondary-limit.ts";
import { redact } from "./redact.ts";
import { retryAfterSeconds } from "./retry-after-seconds.ts";

/** What was called, as far as it matters to the meaning of a failure. */
export type CallFacts = {
  readonly operation: string;
  /** The effect must not happen twice, so "it may have happened" has to be told from "it did not". */
  readonly once: boolean;
  /** Permissions that were asked for, for the message when the installation does not grant them. */
  readonly permissions?: Readonly<Record<string, string>> | undefined;
};

/** The connection was never made (or its other end never trusted), so no request was sent. */
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** When a secondary limit names no time, GitHub asks for a minute at least. */
const SECONDARY_LIMIT_SECONDS = 60;

type Meaning = {
  readonly kind: CallErrorKind;
  readonly message: string;
  readonly code?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
};

/**
 * What a failed call to GitHub means. The one place that looks at GitHub's status codes; an effect that nobody knows
 * of is `lost-reply` where it must not happen twice. The message carries no secret.
 */
export function githubCallError(error: unknown, call: CallFacts, nowMs: number): CallError {
  if (error instanceof CallError) return error;
  const response = failedResponse(error);
  const meaning = response === undefined ? withoutAnswer(error, call) : answered(response, call, nowMs);
  const { operation } = call;
  return new CallError({
    service: "github",
    operation,
    ...meaning,
    message: redact(meaning.message),
    status: response?.status,
  });
}

function withoutAnswer(error: unknown, call: CallFacts): Meaning {
  const causes = causesOf(error);
  const code = causes.map((cause) => cause.code).find((item) => typeof item === "string");
  const timedOut = causes.some(({ name }) => name === "TimeoutError" || name === "AbortError");
  if (causes[0]?.status === undefined) {
    // Nothing went out: Octokit gives every failure of the network a status
    return { kind: "unauthorized", message: `the App's key cannot sign: ${causes[0]?.message ?? "no reason given"}` };
  }
  const message = timedOut
    ? "no answer in time"
    : `the connection failed: ${causes.at(-1)?.message ?? "no reason given"}`;
  const kind = call.once && (timedOut || code === undefined || !NEVER_SENT.has(code)) ? "lost-reply" : "unavailable";
  return { kind, message, code };
}

type Cause = {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly status?: number;
  readonly cause?: unknown;
  readonly errors?: unknown;
};

/** `error` and what caused it, outermost first. By shape, for errors of fetch may come from another realm. */
function causesOf(error: unknown): Cause[] {
  const causes: Cause[] = [];
  const open = [error];
  while (open.length > 0 && causes.length < 8) {
    const next = open.shift();
    if (typeof next !== "object" || next === null) continue;
    const cause = next as Cause;
    causes.push(cause);
    open.push(cause.cause, ...(Array.isArray(cause.errors) ? (cause.errors as unknown[]) : []));
  }
  return causes;
}

function answered(response: FailedResponse, call: CallFacts, nowMs: number): Meaning {
  const { status, headers } = response;
  const message = `${status} ${response.message || "without an explanation"}`;
  const afterSeconds = retryAfterSeconds(headers, nowMs);
  if (status === 429 || (status === 403 && isLimit(response))) {
    return { kind: "rate-limited", message, retryAfterSeconds: afterSeconds ?? SECONDARY_LIMIT_SECONDS };
  }
  if (status >= 500) {
    // Only "come back later" says that nothing was done; behind a 500, 502 or 504 the effect may have happened
    const refused = status === 503 && headers["retry-after"] !== undefined;
    const kind = call.once && !refused ? "lost-reply" : "unavailable";
    return { kind, message, retryAfterSeconds: refused ? afterSeconds : undefined };
  }
  const missing = missingPermission(response, call);
  if (missing !== undefined)
    return { kind: "forbidden", code: "permission-missing", message: `${message} (${missing})` };
  if (status === 403 && IN_PROGRESS.test(response.message)) return { kind: "conflict", message };
  return { kind: PLAIN[status] ?? "invalid", message };
}

/**
 * A run is run again only when its attempt has ended: "This workflow is already running", "The workflow run containing
 * this job is already running". Other refusals of a re-run ("cannot be retried", "created over a month ago") last.
 * https://github.com/cli/cli/issues/9221
 */
const IN_PROGRESS = /already running|cannot be (re-?run|retried)\b.*\bin progress/i;

const PLAIN: Readonly<Record<number, CallErrorKind>> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  409: "conflict",
  410: "not-found",
};

function isLimit({ headers, message }: FailedResponse): boolean {
  const isUsedUp = String(headers["x-ratelimit-remaining"] ?? "") === "0";
  return isUsedUp || headers["retry-after"] !== undefined || namesSecondaryLimit(message);
}

/** Which permission the App lacks, if that is what GitHub says; a repository out of reach is told alike. */
function missingPermission({ status, headers, message }: FailedResponse, call: CallFacts): string | undefined {
  const asked = Object.entries(call.permissions ?? {}).map(([name, access]) => `${name}: ${access}`);
  if (status === 422 && /permissions requested are not granted/i.test(message)) return `needs ${asked.join(", ")}`;
  if (status !== 403 || !/resource not accessible by integration/i.test(message)) return undefined;
  const accepted = headers["x-accepted-github-permissions"];
  return `needs ${accepted === undefined ? asked.join(", ") || "a permission" : String(accepted)}`;
}
