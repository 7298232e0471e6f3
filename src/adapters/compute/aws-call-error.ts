import { CallError } from "../../core/errors/call-error.ts";
import type { CallErrorKind } from "../../core/errors/call-error.ts";

/** Connections that were never made: nothing can have happened. */
const neverConnected = /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)\b/;

/** What is read off an error of the AWS SDK for JavaScript v3 (its smithy runtime), or of the connection below it. */
type SdkError = {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly retryAfterSeconds?: number | string;
};

/**
 * Translates a failed SDK call. `codes` maps the service's own error codes; a code that is not in it goes by its HTTP
 * status, and an error without an answer means that the reply was lost, unless no connection was made at all.
 */
export function awsCallError(
  error: unknown,
  service: string,
  operation: string,
  codes: Readonly<Record<string, CallErrorKind>>,
): CallError {
  const { name, code, message, $metadata, retryAfterSeconds } = error as SdkError;
  const status = $metadata?.httpStatusCode;
  const seconds = retryAfterSeconds === undefined ? undefined : Number(retryAfterSeconds);
  return new CallError({
    service,
    operation,
    kind: codes[name ?? ""] ?? kindOf(status, `${code ?? ""} ${message ?? ""}`),
    message: `${name ?? "Error"}: ${message ?? "no message"}`.slice(0, 300),
    status,
    code: name,
    retryAfterSeconds: seconds !== undefined && Number.isFinite(seconds) ? seconds : undefined,
  });
}

/** The SDK may wrap an error of the connection, which then names its code in its message only. */
function kindOf(status: number | undefined, words: string): CallErrorKind {
  if (status === undefined) return neverConnected.test(words) ? "unavailable" : "lost-reply";
  if (status >= 500) return "unavailable";
  if (status === 429) return "rate-limited";
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 404) return "not-found";
  return "invalid";
}
