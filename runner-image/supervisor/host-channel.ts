import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";
import type { MachineUsage } from "./usage-meter.ts";

/** What the supervisor tells about its machine; each is a hint, GitHub and the cloud decide. */
export type HostEvent =
  | { readonly type: "booted"; readonly logGroup: string; readonly logStream: string; readonly region: string }
  | { readonly type: "listening" }
  | { readonly type: "job-started" }
  | {
      readonly type: "ended";
      readonly exitCode: number | null;
      readonly outcome: string;
      readonly cause: string;
      readonly peakMemoryMb: number | null;
      readonly usage?: MachineUsage;
    };

export type ChannelReply = {
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  readonly body: unknown;
};

/** What the job-started hook asks: may this job run here? */
export type JobQuestion = {
  readonly runner: string;
  readonly session: string;
  readonly runId: number;
  readonly attempt: number;
};

const claimTimeoutMs = 30_000;
const jobTimeoutMs = 10_000;
const eventTimeoutMs = 3_000;

/** One claim request. Rejects when no answer came within 30 s or before `giveUp`. */
export async function postClaim(
  hostUrl: string,
  claim: { readonly runner: string; readonly token: string; readonly claimId: string },
  giveUp: AbortSignal,
): Promise<ChannelReply> {
  return await post(`${hostUrl}/host/claim`, claim, AbortSignal.any([giveUp, AbortSignal.timeout(claimTimeoutMs)]));
}

/** One question about a job. Rejects when no answer came within 10 s or before `giveUp`. */
export async function postJob(hostUrl: string, question: JobQuestion, giveUp: AbortSignal): Promise<ChannelReply> {
  return await post(`${hostUrl}/host/job`, question, AbortSignal.any([giveUp, AbortSignal.timeout(jobTimeoutMs)]));
}

export type HostEvents = {
  /** Sends after the events before it; never rejects, never waits. */
  send(event: HostEvent): void;
  /** Resolves when everything sent so far has arrived or was given up, at the latest after `withinMs`. */
  settled(withinMs: number): Promise<void>;
};

/**
 * Sends host events one after the other: 3 s and 3 tries each, then on without it. `onGone` is called when the
 * channel says that the runner's record has ended (410) or that the session is not its own (401).
 */
export function hostEvents(
  options: { readonly hostUrl: string; readonly runner: string; readonly session: string; readonly retryMs: number },
  onGone: () => void,
): HostEvents {
  let last: Promise<void> = Promise.resolve();

  const deliver = async (event: HostEvent): Promise<void> => {
    const body = { runner: options.runner, session: options.session, ...event };
    const attempt = async (): Promise<void> => {
      const reply = await post(`${options.hostUrl}/host/event`, body, AbortSignal.timeout(eventTimeoutMs));
      if (reply.status === 410 || reply.status === 401) onGone();
      else if (reply.status >= 500 || reply.status === 429) throw new Error(`status ${String(reply.status)}`);
    };
    await pRetry(attempt, { retries: 2, minTimeout: options.retryMs, factor: 2, shouldRetry: () => true });
  };

  return {
    send(event) {
      last = last.then(() => deliver(event)).catch(() => undefined);
    },
    async settled(withinMs) {
      const limit = new AbortController();
      const timer = sleep(Math.max(0, withinMs), undefined, { signal: limit.signal }).catch(() => undefined);
      await Promise.race([last, timer]);
      limit.abort();
    },
  };
}

async function post(url: string, body: unknown, signal: AbortSignal): Promise<ChannelReply> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": "mayfly-host" },
    body: JSON.stringify(body),
    redirect: "error",
    signal,
  });
  const text = await response.text();
  return { status: response.status, retryAfterSeconds: seconds(response.headers.get("retry-after")), body: json(text) };
}

function seconds(header: string | null): number | undefined {
  if (header === null) return undefined;
  const value = Number(header);
  if (Number.isFinite(value)) return Math.max(0, value);
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, (dateMs - Date.now()) / 1000);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
