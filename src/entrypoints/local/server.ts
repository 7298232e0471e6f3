import { Probot, Server } from "probot";
import type { Logger } from "pino";
import { pinoLog } from "../../adapters/log/pino-log.ts";
import { webhookSecrets } from "../../adapters/secrets/webhook-secrets.ts";
import type { App } from "../../core/app.ts";
import { probotApp, toProbot } from "../probot-app.ts";
import { frameworkLogger } from "../webhook/framework-logger.ts";
import { webhookHandler } from "../webhook/webhook-handler.ts";
import type { WebhookLimits } from "../webhook/webhook-handler.ts";
import { hostRoutes } from "./host-routes.ts";
import { webhookPath } from "./webhook-path.ts";

export type ServerOptions = {
  readonly port: number;
  readonly appId: number;
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** Still right as well, while the secret is being changed. */
  readonly formerWebhookSecret?: string;
  readonly githubUrl: string;
  readonly logger: Logger;
  /** Default: GitHub's own. */
  readonly webhookLimits?: WebhookLimits;
};

/** The heads of requests are a few hundred bytes. */
const headWithinMs = 10_000;

/**
 * Probot's own server on 127.0.0.1: webhooks for the App and the host channel beside them. Webhooks come in by our door
 * instead of Octokit's, which reads bodies of any size as text before it looks at their signature.
 */
export async function startServer(app: App, options: ServerOptions): Promise<{ close(): Promise<void> }> {
  const { appId, privateKey, webhookSecret: secret, githubUrl: baseUrl, port } = options;
  const secrets = webhookSecrets(secret, options.formerWebhookSecret);
  const log = frameworkLogger(options.logger);
  class DoorProbot extends Probot {
    override async getNodeMiddleware(): ReturnType<Probot["getNodeMiddleware"]> {
      const door = { secrets, deliver: toProbot(this), log: pinoLog(options.logger) };
      return webhookHandler(webhookPath, door, options.webhookLimits);
    }
  }
  const server = new Server({
    port,
    host: "127.0.0.1",
    webhookPath,
    log,
    enableStaticFiles: false,
    Probot: DoorProbot.defaults({ appId, privateKey, secret, baseUrl, log }),
  });
  server.addHandler(hostRoutes(app));
  await server.load(probotApp(app));
  const http = await server.start().catch((error: unknown) => {
    if ((error as { code?: string }).code !== "EADDRINUSE") throw error;
    throw new Error(`port ${port} of 127.0.0.1 is in use; choose another with --port`, { cause: error });
  });
  http.headersTimeout = headWithinMs;
  return {
    async close() {
      http.closeAllConnections();
      await server.stop();
    },
  };
}
