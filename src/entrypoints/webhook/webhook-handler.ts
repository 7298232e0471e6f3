import type { IncomingMessage, ServerResponse } from "node:http";
import { answerWebhook } from "./answer-webhook.ts";
import type { WebhookAnswer, WebhookDoor } from "./answer-webhook.ts";
import { bodyRoom } from "./body-room.ts";
import { readBody } from "./read-body.ts";
import { mostWebhookBytes } from "./receive-webhook.ts";

export type WebhookLimits = {
  /** Of one body. */
  readonly mostBytes: number;
  /** Of all bodies that are being read or handled. */
  readonly mostBytesTogether: number;
  /** From the head of a request to the end of its body. */
  readonly bodyWithinMs: number;
};

/** GitHub itself gives up after 10 s: https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks */
export const webhookLimits: WebhookLimits = {
  mostBytes: mostWebhookBytes,
  mostBytesTogether: 4 * mostWebhookBytes,
  bodyWithinMs: 10_000,
};

/**
 * The door as a handler of Node's server: true when the request was for it. Beside the answers of `answerWebhook`: 400 for
 * an address that cannot be read, 405 for other methods, 408 for a slow body, 413 as soon as a body proves too large, 503
 * when too many bodies are being read. Never rejects.
 */
export function webhookHandler(
  path: string,
  door: Omit<WebhookDoor, "mostBytes">,
  limits: WebhookLimits = webhookLimits,
): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  const { mostBytes, mostBytesTogether, bodyWithinMs: withinMs } = limits;
  const room = bodyRoom(mostBytesTogether);
  return async (request, response) => {
    const asked = pathOf(request.url);
    if (asked === undefined) return refuse(response, { status: 400, reason: "no address" });
    if (asked !== path && asked !== `${path}/`) return false;
    if (request.method !== "POST") {
      response.setHeader("allow", "POST");
      return refuse(response, { status: 405, reason: "webhooks are posted" });
    }
    const read = await readBody(request, { mostBytes, withinMs, room });
    if (read.outcome === "gone") {
      door.log.debug("webhook broken off by its sender");
      return true;
    }
    if (read.outcome === "refused") {
      door.log.warn("webhook refused", { status: read.status, reason: read.reason });
      return refuse(response, read);
    }
    try {
      const { headersDistinct: headers } = request;
      return answer(response, await answerWebhook({ headers, rawBody: read.bytes }, { ...door, mostBytes }));
    } finally {
      read.release();
    }
  };
}

/** Undefined when Node let something through that is no address. */
function pathOf(url = "/"): string | undefined {
  return URL.canParse(url, "http://host") ? new URL(url, "http://host").pathname : undefined;
}

/** An answer before the end of the body: the connection ends with it. */
function refuse(response: ServerResponse, refusal: WebhookAnswer): true {
  response.setHeader("connection", "close");
  return answer(response, refusal);
}

function answer(response: ServerResponse, { status, reason }: WebhookAnswer): true {
  response.writeHead(status, { "content-type": "text/plain" }).end(`${reason}\n`);
  return true;
}
