import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { sign } from "@octokit/webhooks-methods";
import { pino } from "pino";
import type { App } from "../../../src/core/app.ts";
import type { WebhookDelivery } from "../../../src/core/pipeline/intake.ts";
import { freePort } from "../../../src/entrypoints/local/free-port.ts";
import { startServer } from "../../../src/entrypoints/local/server.ts";
import { jobFacts } from "../../helpers/records.ts";
import { jobPayload } from "../../helpers/world/github.ts";

const secret = "a secret of this test";
const deliveries: WebhookDelivery[] = [];
const hostCalls: { path: string; body: unknown }[] = [];
let failing = false;

const app: App = {
  async onWebhook(delivery) {
    if (failing) throw new Error("the queue is not there");
    deliveries.push(delivery);
    return { entries: [], ignored: undefined };
  },
  onMessage: async () => ({ outcome: "done" }),
  async onHost(path, body) {
    hostCalls.push({ path, body });
    return path === "/host/claim" ? { status: 200, body: { jitConfig: "x" } } : { status: 503, retryAfterSeconds: 7 };
  },
  onSchedule: async () => ({
    held: true,
    woken: 0,
    pools: 0,
    reaped: 0,
    reports: 0,
    failedDeliveries: 0,
    swept: 0,
    strayMachines: 0,
  }),
};

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const options = {
  appId: 1,
  privateKey,
  githubUrl: "http://127.0.0.1:9",
  logger: pino({ level: "silent" }),
};

let url = "";
let server: { close(): Promise<void> };

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  server = await startServer(app, { ...options, port, webhookSecret: secret });
});

afterAll(async () => {
  await server.close();
});

async function deliver(event: string, payload: unknown, signature?: string): Promise<number> {
  const body = JSON.stringify(payload);
  const response = await fetch(`${url}/api/github/webhooks`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": event,
      "x-github-delivery": "guid-1",
      "x-hub-signature-256": signature ?? (await sign(secret, body)),
    },
    body,
  });
  await response.text();
  return response.status;
}

describe("webhooks", () => {
  test("the very first signed delivery reaches the core", async () => {
    const payload = jobPayload("queued", jobFacts(1));
    expect(await deliver("workflow_job", payload)).toBe(202);
    expect(deliveries).toEqual([{ id: "guid-1", event: "workflow_job", payload }]);
  });

  test("a bad signature, and one made with the secret that everybody knows, reach nothing", async () => {
    const body = JSON.stringify(jobPayload("queued", jobFacts(2)));
    const before = deliveries.length;
    expect(await deliver("workflow_job", JSON.parse(body), `sha256=${"0".repeat(64)}`)).toBe(401);
    expect(await deliver("workflow_job", JSON.parse(body), await sign("development", body))).toBe(401);
    expect(deliveries).toHaveLength(before);
  });

  test("events that are not needed are accepted and dropped", async () => {
    const before = deliveries.length;
    expect(await deliver("issues", { installation: { id: 1 } })).toBe(202);
    expect(deliveries).toHaveLength(before);
  });

  test("when the queue fails, GitHub is told, so that sweep finds the delivery", async () => {
    failing = true;
    expect(await deliver("workflow_job", jobPayload("queued", jobFacts(3)))).toBe(500);
    failing = false;
  });

  test("an empty secret refuses to start", async () => {
    const port = await freePort();
    await expect(startServer(app, { ...options, port, webhookSecret: "" })).rejects.toThrow("secret is empty");
  });
});

describe("host channel", () => {
  const post = async (path: string, body: string): Promise<Response> =>
    await fetch(`${url}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body });

  test("passes requests on and answers with status, body and Retry-After", async () => {
    const claimed = await post("/host/claim", '{"runner":"r"}');
    expect([claimed.status, await claimed.json()]).toEqual([200, { jitConfig: "x" }]);
    const busy = await post("/host/event", "{}");
    expect([busy.status, busy.headers.get("retry-after"), await busy.text()]).toEqual([503, "7", ""]);
    expect(hostCalls).toEqual([
      { path: "/host/claim", body: { runner: "r" } },
      { path: "/host/event", body: {} },
    ]);
  });

  test.each([
    ["no JSON", 400, "{"],
    ["a body that is too large", 400, JSON.stringify({ x: "y".repeat(70_000) })],
  ])("%s is answered %s", async (_, status, body) => {
    const before = hostCalls.length;
    const response = await post("/host/claim", body);
    await response.text();
    expect(response.status).toBe(status);
    expect(hostCalls).toHaveLength(before);
  });

  test("other methods and other paths", async () => {
    expect((await fetch(`${url}/host/claim`)).status).toBe(405);
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
  });
});
