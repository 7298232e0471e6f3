import type { WebhookDelivery } from "../../core/pipeline/intake.ts";
import { isSigned } from "./is-signed.ts";
import { nestsDeeper } from "./nests-deeper.ts";

/** Names in lower case; a header that was sent twice has two values. Node calls this `headersDistinct`. */
export type WebhookHeaders = Readonly<Record<string, readonly string[] | undefined>>;

export type WebhookRequest = { readonly headers: WebhookHeaders; readonly rawBody: Uint8Array };

/** `reason` is one of a few fixed sentences: fit for an answer and for a log, nothing of the request is in it. */
export type Refusal = { readonly status: 400 | 401 | 413 | 415; readonly reason: string };

export type Received =
  { readonly status: 202; readonly reason: "accepted"; readonly delivery: WebhookDelivery } | Refusal;

/**
 * "Payloads are capped at 25 MB", in the larger reading:
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
 */
export const mostWebhookBytes = 25 * 1024 * 1024;

/** GitHub's own examples nest 7 deep. */
export const mostWebhookDepth = 64;

export const tooLarge: Refusal = { status: 413, reason: "larger than GitHub's webhooks are" };
const unsigned: Refusal = { status: 401, reason: "wrong or missing signature" };

/**
 * The door for webhooks of every host. Says nothing about the content before the signature has been found right,
 * `x-hub-signature-256` over the raw bytes: 401. Then 400 for `x-github-event` or `x-github-delivery` that are missing,
 * doubled or odd, 415 for a content type or encoding other than plain `application/json`, 400 for a body that is not a
 * webhook's payload. Pure; never throws.
 *
 * GitHub can also send forms (`payload=…`). They are refused on purpose: one way in is enough, an App's webhooks are
 * JSON unless somebody changes that, and the delivery log then shows what to set.
 */
export function receiveWebhook(
  { headers, rawBody }: WebhookRequest,
  { secrets, mostBytes = mostWebhookBytes }: { readonly secrets: readonly string[]; readonly mostBytes?: number },
): Received {
  if (rawBody.byteLength > mostBytes) return tooLarge;
  const signature = single(headers["x-hub-signature-256"]);
  if (signature === undefined || !isSigned(rawBody, signature, secrets)) return unsigned;
  const event = single(headers["x-github-event"]);
  // A first letter keeps out `__proto__`: event names are keys of objects further in.
  if (event === undefined || !/^[a-z][a-z0-9_]{0,63}$/.test(event)) {
    return malformed("x-github-event is missing, doubled or no event's name");
  }
  const id = single(headers["x-github-delivery"]);
  if (id === undefined || !/^[A-Za-z0-9-]{1,64}$/.test(id)) {
    return malformed("x-github-delivery is missing, doubled or no delivery's name");
  }
  if (headers["content-encoding"] !== undefined) {
    return { status: 415, reason: "content-encoding: GitHub does not compress webhooks" };
  }
  const contentType = single(headers["content-type"]);
  if (contentType === undefined || !/^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i.test(contentType)) {
    return { status: 415, reason: "content-type is not application/json: set that for the App's webhook" };
  }
  const read = readPayload(rawBody);
  if ("status" in read) return read;
  return { status: 202, reason: "accepted", delivery: { id, event, payload: read.payload } };
}

function readPayload(rawBody: Uint8Array): { readonly payload: Record<string, unknown> } | Refusal {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(rawBody);
  } catch {
    return malformed("the body is no UTF-8");
  }
  if (nestsDeeper(rawBody, mostWebhookDepth)) return malformed("the body nests too deep");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return malformed("the body is no JSON");
  }
  return isPayload(value) ? { payload: value } : malformed("the body is no webhook's payload");
}

/** What Probot itself relies on: an object, an action that is a text, an installation with a number. */
function isPayload(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  const { action, installation } = value;
  if (action !== undefined && action !== null && typeof action !== "string") return false;
  if (installation === undefined || installation === null) return true;
  return isObject(installation) && Number.isSafeInteger(installation["id"]) && Number(installation["id"]) > 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function single(values: readonly string[] | undefined): string | undefined {
  return values?.length === 1 ? values[0] : undefined;
}

function malformed(reason: string): Refusal {
  return { status: 400, reason };
}
