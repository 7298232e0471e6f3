import { CallError } from "../../core/errors/call-error.ts";
import type { Clock, Log, Metrics } from "../../core/ports.ts";
import type { FailedResponse, ResponseHeaders } from "./failed-response.ts";
import { namesSecondaryLimit } from "./names-secondary-limit.ts";
import { retryAfterSeconds } from "./retry-after-seconds.ts";

/** Whose limits: `app`, or `installation <id>`. GitHub counts the App's own requests (JWT) apart from each installation's. */
export type Counted = "app" | `installation ${number}`;

export type Limits = {
  /** Throws the `rate-limited` that GitHub would answer, with the seconds that are left, while a limit lasts. */
  check(counted: Counted, operation: string): void;
  /** Remembers what an answer says of limits: its bucket is used up, or (with `failure`) the call was refused. */
  learn(counted: Counted, operation: string, answer: { status: number; headers: ResponseHeaders }): void;
  learnRefusal(counted: Counted, operation: string, response: FailedResponse, failure: CallError): void;
};

/** A primary limit is counted by the hour; whoever names a longer time is asked again all the same. */
const LONGEST_MS = 3_600_000;
/** A secondary limit concerns every request, whatever its bucket. */
const EVERY_BUCKET = "*";

/**
 * What this process knows of GitHub's limits, so that nobody knocks while one lasts: requests beyond a limit prolong
 * it, and GitHub may ban an App that goes on. https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export function limits({
  clock,
  log,
  metrics,
}: {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics | undefined;
}): Limits {
  const closedUntilMs = new Map<string, number>();
  /** The bucket of each operation, as GitHub last named it; before that, what its OpenAPI description makes likely. */
  const buckets = new Map([["generate-jitconfig", "actions_runner_registration"]]);
  const bucketOf = (operation: string): string => buckets.get(operation) ?? "core";

  /** Milliseconds that are left; a clock that was set back must not make more of them. */
  function leftMs(key: string): number {
    const left = (closedUntilMs.get(key) ?? 0) - clock.nowMs();
    if (left > 0 && left <= LONGEST_MS) return left;
    closedUntilMs.delete(key);
    return 0;
  }

  function close(counted: Counted, bucket: string, seconds: number): void {
    const key = `${counted} ${bucket}`;
    const left = leftMs(key);
    const forMs = Math.min(LONGEST_MS, seconds * 1000);
    if (forMs <= left) return;
    closedUntilMs.set(key, clock.nowMs() + forMs);
    if (left === 0) log.warn("github limit met", { counted, bucket, seconds: forMs / 1000 });
  }

  function learn(counted: Counted, operation: string, { status, headers }: Pick<FailedResponse, "status" | "headers">) {
    if (status === 401) return; // it was nobody's request: its headers tell of the limit of our address
    const bucket = headers["x-ratelimit-resource"];
    if (bucket !== undefined && bucket !== "") buckets.set(operation, String(bucket));
    if (counted !== "app" && bucketOf(operation) === "core") measure(metrics, headers);
    if (!isUsedUp(headers)) return;
    const seconds = retryAfterSeconds({ ...headers, "retry-after": undefined }, clock.nowMs());
    if (seconds !== undefined) close(counted, bucketOf(operation), seconds);
  }

  return {
    check(counted, operation) {
      const left = Math.max(leftMs(`${counted} ${EVERY_BUCKET}`), leftMs(`${counted} ${bucketOf(operation)}`));
      if (left === 0) return;
      throw new CallError({
        service: "github",
        operation,
        kind: "rate-limited",
        message: "not asked, for a limit that GitHub told of still lasts",
        retryAfterSeconds: Math.ceil(left / 1000),
      });
    },
    learn,
    learnRefusal(counted, operation, response, { facts }) {
      learn(counted, operation, response);
      if (facts.kind !== "rate-limited" || facts.retryAfterSeconds === undefined) return;
      const isPrimary = isUsedUp(response.headers) && !namesSecondaryLimit(response.message);
      close(counted, isPrimary ? bucketOf(operation) : EVERY_BUCKET, facts.retryAfterSeconds);
    },
  };
}

function isUsedUp(headers: ResponseHeaders): boolean {
  return String(headers["x-ratelimit-remaining"] ?? "") === "0";
}

function measure(metrics: Metrics | undefined, headers: ResponseHeaders): void {
  const left = Number(headers["x-ratelimit-remaining"] ?? Number.NaN);
  if (Number.isSafeInteger(left) && left >= 0) metrics?.record("GitHubCallsLeft", left, {});
}
