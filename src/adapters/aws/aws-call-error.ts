import { CallError } from "../../core/errors/call-error.ts";
import type { CallErrorFacts, CallErrorKind } from "../../core/errors/call-error.ts";

/** What a service quotes of a request whose signature it refuses: all of it, with our own session token in it. */
const quotedRequest = /\s*The Canonical String for this request[\s\S]*$/;

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

/** What an error code means to the core. */
export type CodeMeaning = Pick<CallErrorFacts, "kind" | "blocks" | "quota">;

/** A service's own error codes: its table, or a look into it. */
export type Codes = Readonly<Record<string, CallErrorKind>> | ((code: string) => CodeMeaning | undefined);

/**
 * Translates a failed SDK call. A code that `codes` does not know goes by its HTTP status, and an error without a
 * readable answer means that the reply was lost, unless no connection was made at all. Of the service's own words a
 * request that they quote is left out; `clean` takes out what else may not be passed on.
 */
export function awsCallError(
  error: unknown,
  service: string,
  operation: string,
  codes: Codes,
  clean: (words: string) => string = (words) => words,
): CallError {
  const { name, code, message, $metadata, retryAfterSeconds } = error as SdkError;
  const status = $metadata?.httpStatusCode;
  const seconds = retryAfterSeconds === undefined ? undefined : Number(retryAfterSeconds);
  const words = `${name ?? "Error"}: ${message ?? "no message"}`.replace(quotedRequest, "");
  const meaning = meaningOf(name ?? "", codes) ?? { kind: kindOf(status, `${code ?? ""} ${message ?? ""}`) };
  return new CallError({
    service,
    operation,
    ...meaning,
    message: clean(words).slice(0, 300),
    status,
    code: name,
    retryAfterSeconds: seconds !== undefined && Number.isFinite(seconds) ? seconds : undefined,
  });
}

function meaningOf(code: string, codes: Codes): CodeMeaning | undefined {
  if (typeof codes === "function") return codes(code);
  const kind = Object.hasOwn(codes, code) ? codes[code] : undefined;
  return kind && { kind };
}

/** The SDK may wrap an error of the connection, which then names its code in its message only. */
function kindOf(status: number | undefined, words: string): CallErrorKind {
  if (status === undefined) return neverConnected.test(words) ? "unavailable" : "lost-reply";
  // an answer that was cut off: the request was carried out
  if (status < 400) return "lost-reply";
  if (status >= 500) return "unavailable";
  if (status === 429) return "rate-limited";
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 404) return "not-found";
  return "invalid";
}
