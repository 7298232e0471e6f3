import { Probot, Server } from "probot";
import type { Logger } from "pino";
import type { App } from "../../core/app.ts";
import { probotApp } from "../probot-app.ts";
import { hostRoutes } from "./host-routes.ts";
import { webhookPath } from "./webhook-path.ts";

export type ServerOptions = {
  readonly port: number;
  readonly appId: number;
  readonly privateKey: string;
  readonly webhookSecret: string;
  readonly githubUrl: string;
  readonly logger: Logger;
};

/** Probot's own server on 127.0.0.1: webhooks for the App and the host channel beside them. */
export async function startServer(app: App, options: ServerOptions): Promise<{ close(): Promise<void> }> {
  // Probot falls back to a secret that everybody knows.
  if (options.webhookSecret === "") throw new Error("the webhook secret is empty");
  const { appId, privateKey, webhookSecret: secret, githubUrl: baseUrl, logger: log, port } = options;
  const server = new Server({
    port,
    host: "127.0.0.1",
    webhookPath,
    log,
    enableStaticFiles: false,
    Probot: Probot.defaults({ appId, privateKey, secret, baseUrl, log }),
  });
  server.addHandler(hostRoutes(app));
  await server.load(probotApp(app));
  const http = await server.start().catch((error: unknown) => {
    if ((error as { code?: string }).code !== "EADDRINUSE") throw error;
    throw new Error(`port ${port} of 127.0.0.1 is in use; choose another with --port`, { cause: error });
  });
  return {
    async close() {
      http.closeAllConnections();
      await server.stop();
    },
  };
}
