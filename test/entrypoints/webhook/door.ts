import { createHmac, generateKeyPairSync } from "node:crypto";
import { Agent, request } from "node:http";
import { redactingLogger } from "../../../src/adapters/log/pino-log.ts";
import type { App } from "../../../src/core/app.ts";
import { freePort } from "../../../src/entrypoints/local/free-port.ts";
import { startServer } from "../../../src/entrypoints/local/server.ts";
import { webhookPath } from "../../../src/entrypoints/local/webhook-path.ts";
import type { WebhookLimits } from "../../../src/entrypoints/webhook/webhook-handler.ts";

export const secret = "the secret of these tests";
export const formerSecret = "the secret that these tests had before";

/** Headers as they go over the wire: in this order, doubled ones twice. */
export type SentHeaders = readonly (readonly [name: string, value: string])[];
export type Sent = { readonly headers: SentHeaders; readonly body: Uint8Array };
export type Answer = {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
};

export type Door = {
  readonly port: number;
  /** Who is behind the door; may be changed between requests. */
  app: Pick<App, "onWebhook">;
  /** The log's lines since they were last taken out. */
  readonly lines: string[];
  post(sent: Sent, path?: string, method?: string): Promise<Answer>;
  close(): Promise<void>;
};

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

/** The real local server with its real log, in front of any core. */
export async function openDoor(app: Pick<App, "onWebhook">, webhookLimits?: WebhookLimits): Promise<Door> {
  const port = await freePort();
  const lines: string[] = [];
  const agent = new Agent({ keepAlive: true });
  const refused = (): never => {
    throw new Error("not the webhook's business");
  };
  const behind: App = {
    onWebhook: async (delivery) => await door.app.onWebhook(delivery),
    onMessage: refused,
    onHost: refused,
    onSchedule: refused,
  };
  const server = await startServer(behind, {
    port,
    appId: 1,
    privateKey,
    webhookSecret: secret,
    formerWebhookSecret: formerSecret,
    githubUrl: "http://127.0.0.1:9",
    logger: redactingLogger("debug", { write: (line) => void lines.push(line) }),
    ...(webhookLimits !== undefined && { webhookLimits }),
  });
  const door: Door = {
    port,
    app,
    lines,
    post: async (sent, path = webhookPath, method = "POST") => await post({ port, agent, path, method }, sent),
    async close() {
      agent.destroy();
      await server.close();
    },
  };
  return door;
}

/** GitHub's signature of a body. */
export function signatureOf(body: Uint8Array, key = secret): string {
  return `sha256=${createHmac("sha256", key).update(body).digest("hex")}`;
}

/** A delivery as GitHub sends it. */
export function signed(event: string, payload: unknown, id: string, key = secret): Sent {
  const body = Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload));
  const headers = [
    ["Content-Type", "application/json"],
    ["X-GitHub-Delivery", id],
    ["X-GitHub-Event", event],
    ["X-Hub-Signature-256", signatureOf(body, key)],
  ] as const;
  return { headers, body };
}

/** The same with one header replaced by these values: none leaves it out, two double it. */
export function withHeader(sent: Sent, name: string, ...values: readonly string[]): Sent {
  const others = sent.headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase());
  return { ...sent, headers: [...others, ...values.map((value) => [name, value] as const)] };
}

type Target = { readonly port: number; readonly agent: Agent; readonly path: string; readonly method: string };

async function post(target: Target, sent: Sent): Promise<Answer> {
  const { port, agent, path, method } = target;
  const { headers, body } = sent;
  const raw = [["Host", "mayfly"], ["Content-Length", String(body.length)], ...headers].flat();
  return await new Promise((resolve, reject) => {
    const sending = request({ host: "127.0.0.1", port, agent, path, method, headers: raw }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
      response.on("error", reject);
    });
    sending.on("error", (error: NodeJS.ErrnoException) => {
      // The server closes a connection that was idle for 5 s, perhaps just then; nothing of the request was read.
      if (sending.reusedSocket && error.code === "ECONNRESET") resolve(post(target, sent));
      else reject(error);
    });
    sending.end(body);
  });
}
