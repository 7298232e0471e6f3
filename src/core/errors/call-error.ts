/**
 * What a failed call to the outside means to the core. Adapters translate a status, an SDK error class or a
 * broken connection into one of these; nothing past an adapter looks at a status code again.
 *
 * - `rate-limited`: try again after `retryAfterSeconds`, nothing has happened.
 * - `unavailable`: the other side answered that it cannot now (5xx, throttled); nothing is known to have happened.
 * - `lost-reply`: the connection broke after the request may have been carried out; it may have happened.
 * - `conflict`: it exists already (409), or it is in use (422 of a busy runner).
 * - `not-found`: it does not exist (404).
 * - `forbidden`: refused, and trying again will not help (403 without rate-limit headers, missing permission).
 * - `unauthorized`: our credentials are wrong (401).
 * - `invalid`: our request is wrong (400, 422).
 * - `capacity`: there is no room for this machine just now; `blocks` says for what else there is none.
 * - `quota`: a quota of the account is used up; `quota` names it.
 */
export type CallErrorKind =
  | "rate-limited"
  | "unavailable"
  | "lost-reply"
  | "conflict"
  | "not-found"
  | "forbidden"
  | "unauthorized"
  | "invalid"
  | "capacity"
  | "quota";

export type CallErrorFacts = {
  /** `github`, `lambda`, `ec2`, `sts`, `store`, `queue`, `secrets`, `policy`. */
  readonly service: string;
  /** GitHub's operation id or the SDK's command, for example `generate-jitconfig`, `Invoke`. */
  readonly operation: string;
  readonly kind: CallErrorKind;
  readonly message: string;
  readonly status?: number | undefined;
  /** The other side's own error code, for example `TooManyRequestsException`. */
  readonly code?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** Of the candidate that was asked for: this one only, all in its subnet, or all of its market. */
  readonly blocks?: "candidate" | "subnet" | "market" | undefined;
  /** Name and code of the quota that is used up, for people. */
  readonly quota?: string | undefined;
};

/** A failed call to GitHub, a cloud, the store or the queue, translated by its adapter. Carries no secret. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly facts: CallErrorFacts;

  constructor(facts: CallErrorFacts) {
    super(`${facts.service}.${facts.operation}: ${facts.message}`);
    this.facts = facts;
  }
}

/** True when `error` is a `CallError` of one of `kinds` (of any kind when none is given). */
export function isCallError(error: unknown, ...kinds: CallErrorKind[]): error is CallError {
  return error instanceof CallError && (kinds.length === 0 || kinds.includes(error.facts.kind));
}
