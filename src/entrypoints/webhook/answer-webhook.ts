import type { WebhookDelivery } from "../../core/pipeline/intake.ts";
import type { Log } from "../../core/ports.ts";
import { receiveWebhook } from "./receive-webhook.ts";
import type { WebhookRequest } from "./receive-webhook.ts";

export type WebhookDoor = {
  /** See `webhookSecrets`. */
  readonly secrets: readonly string[];
  /** Resolves when the delivery is kept, or not needed; rejects when it could not be kept. */
  readonly deliver: (delivery: WebhookDelivery) => Promise<void>;
  readonly log: Log;
  readonly mostBytes?: number;
};

/** `reason` is a fixed sentence. */
export type WebhookAnswer = { readonly status: number; readonly reason: string };

/**
 * A webhook from its bytes to the status of its answer: that of `receiveWebhook`, or 500 when the delivery was right and
 * could not be kept, so that GitHub records it as failed and sweep fetches it. Never rejects, leaves nothing running.
 */
export async function answerWebhook(request: WebhookRequest, door: WebhookDoor): Promise<WebhookAnswer> {
  const { secrets, deliver, log, mostBytes } = door;
  const received = receiveWebhook(request, { secrets, ...(mostBytes !== undefined && { mostBytes }) });
  if (received.status !== 202) {
    log.warn("webhook refused", { status: received.status, reason: received.reason });
    return received;
  }
  const { delivery, status, reason } = received;
  try {
    await deliver(delivery);
    return { status, reason };
  } catch (error) {
    const detail = (error instanceof Error ? error.message : String(error)).slice(0, 500);
    log.error("webhook could not be kept", { delivery: delivery.id, event: delivery.event, detail });
    return { status: 500, reason: "could not be kept" };
  }
}
