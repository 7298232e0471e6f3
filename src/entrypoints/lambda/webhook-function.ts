import { createHmac } from "node:crypto";
import lambdaFunction from "@probot/adapter-aws-lambda-serverless/lambda-function.js";
import { Probot } from "probot";
import type { App } from "../../core/app.ts";
import type { Log } from "../../core/ports.ts";
import type { WebhookDelivery } from "../../core/pipeline/intake.ts";
import { isProbotEvent, probotApp } from "../probot-app.ts";
import { answerWebhook } from "../webhook/answer-webhook.ts";
import { quietLogger } from "../webhook/quiet-logger.ts";
import { readGatewayRequest } from "./gateway-request.ts";
import type { GatewayAnswer } from "./gateway-request.ts";

/** What the function is made of once the App's secrets are known. */
export type OpenWebhook = {
  readonly app: Pick<App, "onWebhook">;
  readonly appId: number;
  readonly privateKey: string;
  /** See `webhookSecrets`. */
  readonly webhookSecrets: readonly string[];
};

/** API Gateway takes 10 MB and Lambda 6 MB with everything else of the event; both refuse what is larger themselves. */
const mostBytes = 6 * 1024 * 1024;

/**
 * GitHub's webhooks as API Gateway hands them on: 202 when the delivery is kept or not needed, 401, 400, 413 and 415 as
 * `receiveWebhook` says, 405 for other methods, 500 when it could not be kept, which GitHub records as a failed delivery
 * that sweep fetches. Never rejects, and never answers before the delivery is kept.
 */
export function webhookFunction(
  open: () => Promise<OpenWebhook>,
  log: Log,
): (event: unknown) => Promise<GatewayAnswer> {
  const receivers = new WeakMap<OpenWebhook, Promise<Receive>>();
  const receiverOf = (opened: OpenWebhook): Promise<Receive> => {
    const known = receivers.get(opened) ?? probotReceiver(opened, log);
    receivers.set(opened, known);
    // What failed once is tried anew by the next event.
    known.catch(() => receivers.delete(opened));
    return known;
  };
  return async (event) => {
    const request = readGatewayRequest(event);
    if (request === undefined) return answer(400, "no request");
    if (request.method !== "POST") return answer(405, "webhooks are posted", { allow: "POST" });
    try {
      const opened = await open();
      const deliver = async (delivery: WebhookDelivery): Promise<void> => {
        if (isProbotEvent(delivery.event)) await (await receiverOf(opened))(delivery, request.body);
      };
      const { headers, body: rawBody } = request;
      const door = { secrets: opened.webhookSecrets, deliver, log, mostBytes };
      const { status, reason } = await answerWebhook({ headers, rawBody }, door);
      return answer(status, reason);
    } catch (error) {
      log.error("webhook could not be looked at", { detail: error instanceof Error ? error.message : String(error) });
      return answer(500, "could not be looked at");
    }
  };
}

type Receive = (delivery: WebhookDelivery, rawBody: Buffer) => Promise<void>;

/**
 * Probot behind its adapter for Lambda: behind that part of it which takes an event. The rest only loads the app function,
 * and waits neither for that nor for Probot. The adapter throws at whatever it does not like and takes no base64, so
 * all of that is done before. It looks at the signature again, and it knows
 * one secret only, so it gets the signature that GitHub would have sent with the current one.
 */
async function probotReceiver({ app, appId, privateKey, webhookSecrets }: OpenWebhook, log: Log): Promise<Receive> {
  const [secret = ""] = webhookSecrets;
  const probot = new Probot({ appId, privateKey, secret, log: quietLogger(log) });
  await probot.ready();
  await probot.load(probotApp(app));
  return async ({ id, event }, rawBody) => {
    const headers = {
      "x-github-delivery": id,
      "x-github-event": event,
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(rawBody).digest("hex")}`,
    };
    // All that the adapter looks at.
    await lambdaFunction(probot, { headers, body: rawBody.toString("utf8") });
  };
}

function answer(statusCode: number, reason: string, headers: Readonly<Record<string, string>> = {}): GatewayAnswer {
  return { statusCode, headers: { "content-type": "text/plain", ...headers }, body: `${reason}\n` };
}
