import type { Delivery, GitHub } from "../../core/ports.ts";
import { time } from "./answer-fields.ts";
import type { Api } from "./api.ts";
import { nextPage } from "./next-page.ts";

/** Reads the deliveries of the App's webhook, as the App itself. */
export function deliveries(api: Api): Pick<GitHub, "listDeliveries" | "readDelivery"> {
  return {
    listDeliveries: (cursor) =>
      api.asApp({
        operation: "list-deliveries",
        send: (app) =>
          app.rest.apps.listWebhookDeliveries({ per_page: 100, ...(cursor === undefined ? {} : { cursor }) }),
        read: ({ data, headers }) => ({
          deliveries: data.map(readItem),
          next: nextPage(headers, "cursor"),
        }),
      }),
    readDelivery: (id) =>
      api.asApp({
        operation: "get-delivery",
        // As text: a number would lose digits above 2^53
        send: (app) => app.request("GET /app/hook/deliveries/{delivery_id}", { delivery_id: id as unknown as number }),
        read: ({ data }) => ({ event: data.event, guid: data.guid, payload: plain(data.request.payload) }),
      }),
  };
}

type Item = {
  readonly id: number | bigint;
  readonly guid: string;
  readonly delivered_at: string;
  readonly status_code: number;
  readonly event: string;
  readonly action: string | null;
  readonly installation_id: number | bigint | null;
};

function readItem(item: Item): Delivery {
  return {
    id: String(item.id),
    guid: item.guid,
    deliveredAtMs: time(item.delivered_at),
    ok: item.status_code >= 200 && item.status_code < 300,
    event: item.event,
    action: item.action ?? undefined,
    installationId: item.installation_id === null ? undefined : Number(item.installation_id),
  };
}

/** Octokit reads integers above 2^53 as bigint; the webhook itself was read by JSON.parse, which gives numbers. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
