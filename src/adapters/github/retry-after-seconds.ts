import type { ResponseHeaders } from "./failed-response.ts";

/**
 * How long GitHub asks us to wait, rounded up to whole seconds, at least 1: `retry-after` (seconds or an HTTP date);
 * else, when the budget is used up, until `x-ratelimit-reset`; else undefined.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
export function retryAfterSeconds(headers: ResponseHeaders, nowMs: number): number | undefined {
  const retryAfter = text(headers["retry-after"]);
  if (retryAfter !== undefined) {
    const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - nowMs) / 1000;
    if (Number.isFinite(seconds)) return Math.max(1, Math.ceil(seconds));
  }
  const reset = Number(text(headers["x-ratelimit-reset"]) ?? Number.NaN);
  if (text(headers["x-ratelimit-remaining"]) !== "0" || !Number.isFinite(reset)) return undefined;
  return Math.max(1, Math.ceil(reset - nowMs / 1000));
}

function text(value: string | number | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : String(value);
}
