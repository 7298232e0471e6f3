import { sign } from "@octokit/webhooks-methods";

import type { AppRecord, DeliveryOutcome, DeliveryRecord } from "../state.ts";

export type Courier = {
  /** Posts the delivery to the App once and resolves with what became of it; never rejects. */
  post(delivery: DeliveryRecord): Promise<DeliveryOutcome>;
  /** Breaks off what is under way. */
  close(): void;
};

/**
 * Posts webhooks as GitHub does: signed, answered within the time limit or failed. Whether a delivery without an
 * answer shows 502 or 504 is GitHub's habit as seen in its delivery log; only 2xx counts as delivered.
 */
export function courier(app: AppRecord, timeoutMs: number, now: () => number): Courier {
  const closing = new AbortController();
  return {
    async post(delivery) {
      delivery.requestHeaders = await requestHeaders(app, delivery);
      const startedAtMs = now();
      const tooLate = AbortSignal.timeout(timeoutMs);
      try {
        const response = await fetch(app.webhookUrl, {
          method: "POST",
          headers: delivery.requestHeaders,
          body: delivery.payload,
          redirect: "manual",
          signal: AbortSignal.any([tooLate, closing.signal]),
        });
        return {
          status: response.ok ? "OK" : `Invalid HTTP Response: ${response.status}`,
          statusCode: response.status,
          durationMs: now() - startedAtMs,
          responseHeaders: Object.fromEntries(response.headers),
          responseBody: await response.text(),
        };
      } catch {
        const durationMs = now() - startedAtMs;
        return tooLate.aborted ? failed("timed out", 504, durationMs) : unreachable(durationMs);
      }
    },
    close() {
      closing.abort();
    },
  };
}

/** The outcome of a delivery that never reached the App. */
export function unreachable(durationMs: number): DeliveryOutcome {
  return failed("failed to connect to host", 502, durationMs);
}

/** True when the App answered 2xx. */
export function delivered(outcome: DeliveryOutcome): boolean {
  return outcome.statusCode >= 200 && outcome.statusCode < 300;
}

function failed(status: string, statusCode: number, durationMs: number): DeliveryOutcome {
  return { status, statusCode, durationMs, responseHeaders: {}, responseBody: "" };
}

async function requestHeaders(app: AppRecord, delivery: DeliveryRecord): Promise<Record<string, string>> {
  return {
    Accept: "*/*",
    "Content-Type": "application/json",
    "User-Agent": "GitHub-Hookshot/5f5c7a3",
    "X-GitHub-Delivery": delivery.guid,
    "X-GitHub-Event": delivery.event,
    "X-GitHub-Hook-ID": String(470_000_000 + app.id),
    "X-GitHub-Hook-Installation-Target-ID": String(app.id),
    "X-GitHub-Hook-Installation-Target-Type": "integration",
    "X-Hub-Signature-256": await sign(app.webhookSecret, delivery.payload),
  };
}
