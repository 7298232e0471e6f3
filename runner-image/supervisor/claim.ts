import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pRetry, { AbortError } from "p-retry";
import { postClaim, type ChannelReply } from "./host-channel.ts";
import type { Payload } from "./payload.ts";

/** The claim's answer. Holds secrets: `jitConfig` and `session` are never logged. */
export type Claimed = {
  readonly kind: "claimed";
  readonly githubRunnerName: string;
  readonly jitConfig: string;
  readonly session: string;
  readonly idleSeconds: number;
  readonly shutdownSeconds: number;
  readonly endByMs: number | null;
  /** The job-started hook is to ask whether the job may run. */
  readonly askBeforeJob: boolean;
};

export type Claim = Claimed | { readonly kind: "refused"; readonly status: number } | { readonly kind: "unreachable" };

/** The channel may be silent for so long. */
const patienceMs = 600_000;
const refusals: ReadonlySet<number> = new Set([400, 401, 409, 410]);

class Refusal extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`refused with ${String(status)}`);
    this.status = status;
  }
}

class NotYet extends Error {
  readonly retryAfterSeconds: number;
  constructor(reply: ChannelReply) {
    super(`answered ${String(reply.status)}`);
    this.retryAfterSeconds = reply.retryAfterSeconds ?? 0;
  }
}

/**
 * Claims the runner, with one claim id however often it asks: the channel lets only one process of a runner through.
 * 400, 401, 409 and 410 are final. Everything else is asked again with backoff, or after `Retry-After` if that is
 * later, for 10 minutes at most and not after `untilMs`.
 */
export async function claimRunner(
  payload: Payload,
  options: { readonly untilMs: number; readonly retryMs: number; readonly onRetry: (reason: string) => void },
): Promise<Claim> {
  const claimId = randomUUID();
  const limitMs = Math.min(patienceMs, options.untilMs - Date.now());
  const giveUp = AbortSignal.timeout(Math.max(0, Math.ceil(limitMs)));

  const attempt = async (): Promise<Claimed> => {
    const reply = await postClaim(payload.hostUrl, { runner: payload.runner, token: payload.token, claimId }, giveUp);
    if (refusals.has(reply.status)) throw new AbortError(new Refusal(reply.status));
    const claimed = reply.status === 200 ? parseClaimed(reply.body) : undefined;
    if (claimed === undefined) throw new NotYet(reply);
    return claimed;
  };

  try {
    return await pRetry(attempt, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: options.retryMs,
      maxTimeout: 15_000,
      randomize: true,
      maxRetryTime: Math.max(0, limitMs),
      signal: giveUp,
      shouldRetry: () => true,
      onFailedAttempt: async ({ error }) => {
        options.onRetry(error.message);
        if (error instanceof NotYet) await sleep(error.retryAfterSeconds * 1000, undefined, { signal: giveUp });
      },
    });
  } catch (error) {
    return error instanceof Refusal ? { kind: "refused", status: error.status } : { kind: "unreachable" };
  }
}

function parseClaimed(body: unknown): Claimed | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const fields = body as Readonly<Record<string, unknown>>;
  const { githubRunnerName, jitConfig, session, idleSeconds, shutdownSeconds, endByMs } = fields;
  if (typeof githubRunnerName !== "string" || typeof jitConfig !== "string" || jitConfig === "") return undefined;
  if (typeof session !== "string" || typeof idleSeconds !== "number") return undefined;
  return {
    kind: "claimed",
    githubRunnerName,
    jitConfig,
    session,
    idleSeconds,
    shutdownSeconds: typeof shutdownSeconds === "number" ? shutdownSeconds : 60,
    endByMs: typeof endByMs === "number" ? endByMs : null,
    askBeforeJob: fields["askBeforeJob"] !== false,
  };
}
