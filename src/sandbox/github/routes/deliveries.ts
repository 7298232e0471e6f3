import type { DeliveryOutcome, DeliveryRecord } from "../state.ts";
import { notFound, type Answer } from "../rest/answer.ts";
import type { Call } from "../rest/call.ts";
import { timestamp } from "../world.ts";
import { delivered } from "../webhooks/courier.ts";

type Ended = DeliveryRecord & { readonly outcome: DeliveryOutcome };

/** `apps/list-webhook-deliveries`: newest first, by cursor; only deliveries that have ended. */
export function listDeliveries(call: Call): Answer {
  const perPage = Math.min(100, Math.max(1, Number(call.query.get("per_page") ?? 30)));
  const cursor = /^v1_(\d+)$/.exec(call.query.get("cursor") ?? "")?.[1];
  const status = call.query.get("status");
  const all = call.world.state.deliveries
    .filter(hasEnded)
    .filter(({ id }) => cursor === undefined || id < BigInt(cursor))
    .filter(({ outcome }) => status === null || (status === "success") === delivered(outcome))
    .toReversed();
  const items = all.slice(0, perPage);
  const last = items.at(-1);
  const headers: Record<string, string> = {};
  if (last !== undefined && all.length > items.length) {
    const next = new URL(call.url);
    next.searchParams.set("cursor", `v1_${last.id}`);
    headers.link = `<${next.href}>; rel="next"`;
  }
  return { status: 200, body: items.map(itemJson), headers };
}

/** `apps/get-webhook-delivery`: with what was sent and what was answered. */
export function getDelivery(call: Call): Answer {
  const delivery = find(call);
  if (delivery === undefined) return notFound();
  const { outcome } = delivery;
  return {
    status: 200,
    body: {
      ...itemJson(delivery),
      url: call.world.state.app.webhookUrl,
      request: { headers: delivery.requestHeaders, payload: JSON.parse(delivery.payload) as unknown },
      response: { headers: outcome.responseHeaders, payload: outcome.responseBody },
    },
  };
}

/** `apps/redeliver-webhook-delivery`: a new delivery with the same guid. */
export function redeliverDelivery(call: Call): Answer {
  const delivery = find(call);
  if (delivery === undefined) return notFound();
  call.redeliver(delivery);
  return { status: 202, body: {} };
}

function find(call: Call): Ended | undefined {
  const id = call.path.delivery_id;
  return call.world.state.deliveries.filter(hasEnded).find((delivery) => String(delivery.id) === id);
}

function hasEnded(delivery: DeliveryRecord): delivery is Ended {
  return delivery.outcome !== undefined;
}

function itemJson({ outcome, ...delivery }: Ended): Record<string, unknown> {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: timestamp(delivery.deliveredAtMs),
    redelivery: delivery.redelivery,
    duration: outcome.durationMs / 1000,
    status: outcome.status,
    status_code: outcome.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}
