import { CallError } from "./call-error.ts";
import type { CallErrorKind } from "./call-error.ts";
import type { ErrorCode } from "./catalogue.ts";

/**
 * What to do about a failed call, decided once.
 * `retry` soon, `wait` for a limit or for room, `refuse` the job with a reason, `give-up` on this message.
 */
export type Decision = {
  readonly outcome: "retry" | "wait" | "refuse" | "give-up";
  readonly afterSeconds: number;
  readonly tellUser: ErrorCode;
  readonly detail: string;
};

type Row = { readonly outcome: Decision["outcome"]; readonly github: ErrorCode; readonly compute: ErrorCode };

const rows: Readonly<Record<CallErrorKind, Row>> = {
  "rate-limited": { outcome: "wait", github: "MF-GITHUB-LIMIT", compute: "MF-COMPUTE-RATE" },
  capacity: { outcome: "wait", github: "MF-GITHUB-LIMIT", compute: "MF-COMPUTE-CAPACITY" },
  quota: { outcome: "wait", github: "MF-GITHUB-LIMIT", compute: "MF-COMPUTE-QUOTA" },
  unavailable: { outcome: "retry", github: "MF-GITHUB-UNAVAILABLE", compute: "MF-COMPUTE-UNAVAILABLE" },
  "lost-reply": { outcome: "retry", github: "MF-GITHUB-UNAVAILABLE", compute: "MF-COMPUTE-UNAVAILABLE" },
  conflict: { outcome: "retry", github: "MF-GITHUB-UNAVAILABLE", compute: "MF-COMPUTE-UNAVAILABLE" },
  unauthorized: { outcome: "retry", github: "MF-PERMISSION", compute: "MF-COMPUTE-REFUSED" },
  forbidden: { outcome: "refuse", github: "MF-GITHUB-REFUSED", compute: "MF-COMPUTE-REFUSED" },
  "not-found": { outcome: "refuse", github: "MF-GITHUB-REFUSED", compute: "MF-COMPUTE-REFUSED" },
  invalid: { outcome: "refuse", github: "MF-GITHUB-REFUSED", compute: "MF-COMPUTE-REFUSED" },
};

/** What no author of a job can mend: their failures never refuse a job. */
const ownServices: ReadonlySet<string> = new Set(["store", "queue", "secrets", "policy"]);

/** SQS delays at most 900 s; a limit that lasts longer is met again and waited for again. */
const longestSeconds = 900;

/**
 * Turns an error into a decision. `attempt` counts from 1; `jitter` is a number from 0 up to 1, so that many jobs
 * that met the same fault do not come back in the same second.
 */
export function decide(error: unknown, attempt: number, jitter: number): Decision {
  if (!(error instanceof CallError)) {
    return { outcome: "give-up", afterSeconds: 0, tellUser: "MF-INTERNAL", detail: describe(error) };
  }
  const { kind, service, code, retryAfterSeconds, message } = error.facts;
  const row = rows[kind];
  const tellUser = code === "permission-missing" ? "MF-PERMISSION" : service === "github" ? row.github : row.compute;
  const backoff = Math.min(longestSeconds, 2 ** Math.min(attempt, 10)) * (0.5 + jitter / 2);
  const asked = retryAfterSeconds === undefined ? backoff : retryAfterSeconds + jitter * 5;
  const ours = ownServices.has(service);
  return {
    outcome: ours ? "retry" : row.outcome,
    afterSeconds: Math.min(longestSeconds, Math.max(1, Math.ceil(asked))),
    tellUser: ours ? "MF-INTERNAL" : tellUser,
    detail: `${service}.${error.facts.operation}: ${message}`,
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
