import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import "probot"; // evaluated first: Jest refuses the adapter's require of a module that is still being linked
import type { Intake, WebhookDelivery } from "../../../src/core/pipeline/intake.ts";
import { webhookFunction } from "../../../src/entrypoints/lambda/webhook-function.ts";
import type { OpenWebhook } from "../../../src/entrypoints/lambda/webhook-function.ts";
import { jobFacts } from "../../helpers/records.ts";
import { jobPayload } from "../../helpers/webhook-payloads.ts";
import { gatewayEvents, githubHeaders } from "./gateway-events.ts";

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const secret = "the secret of these tests";
const former = "the one before";
const path = "/api/github/webhooks";
const payload = JSON.stringify(jobPayload("queued", jobFacts(1, { name: "bäuen 🐛 \u2028" })));

type Rig = {
  readonly handler: (event: unknown) => ReturnType<ReturnType<typeof webhookFunction>>;
  readonly received: WebhookDelivery[];
  readonly logged: string[];
};

function rig(
  behind: () => Promise<void> = async () => undefined,
  opened: () => Promise<void> = async () => undefined,
): Rig {
  const received: WebhookDelivery[] = [];
  const logged: string[] = [];
  const note = (message: string, facts: Record<string, unknown> = {}): void =>
    void logged.push(`${message} ${JSON.stringify(facts)}`);
  const app = {
    async onWebhook(delivery: WebhookDelivery): Promise<Intake> {
      await behind();
      received.push(delivery);
      return { entries: [], ignored: undefined };
    },
  };
  const open: OpenWebhook = { app, appId: 1, privateKey, webhookSecrets: [secret, former] };
  const log = { debug: note, info: note, warn: note, error: note };
  const handler = webhookFunction(async () => {
    await opened();
    return open;
  }, log);
  return { handler, received, logged };
}

function without(headers: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([one]) => one !== name));
}

const signed = gatewayEvents({ path, headers: githubHeaders(payload, secret), body: payload });

describe("a delivery as API Gateway hands it on", () => {
  test.each(Object.keys(signed))("%s: 202 and it is with the core, in the very first cold event", async (shape) => {
    const { handler, received } = rig();
    expect(await handler(signed[shape])).toMatchObject({ statusCode: 202 });
    expect(received).toEqual([
      { id: "72d3162e-cc78-11e3-81ab-4c9367dc0958", event: "workflow_job", payload: JSON.parse(payload) as unknown },
    ]);
  });

  test.each(Object.keys(signed))("%s: 401 for a signature of somebody else's, and nobody sees it", async (shape) => {
    const { handler, received, logged } = rig();
    const forged = gatewayEvents({ path, headers: githubHeaders(payload, "guessed"), body: payload });
    expect(await handler(forged[shape])).toMatchObject({ statusCode: 401 });
    expect(received).toEqual([]);
    expect(logged.join("\n")).not.toContain("sha256=");
  });

  test("the former secret is right as well, while the secret is being changed", async () => {
    const { handler, received } = rig();
    const events = gatewayEvents({ path, headers: githubHeaders(payload, former), body: payload });
    expect(await handler(events["2.0, base64"])).toMatchObject({ statusCode: 202 });
    expect(received).toHaveLength(1);
  });

  test("everybody's own secret of Probot opens nothing", async () => {
    const { handler, received } = rig();
    const events = gatewayEvents({ path, headers: githubHeaders(payload, "development"), body: payload });
    expect(await handler(events["2.0, text"])).toMatchObject({ statusCode: 401 });
    expect(received).toEqual([]);
  });

  test.each<[string, (headers: Record<string, string>) => Record<string, string>, string, number]>([
    ["no signature", (headers) => without(headers, "X-Hub-Signature-256"), payload, 401],
    ["no event", (headers) => without(headers, "X-GitHub-Event"), payload, 400],
    ["no delivery", (headers) => without(headers, "X-GitHub-Delivery"), payload, 400],
    ["no JSON", (headers) => headers, "{", 400],
    ["a form", (headers) => ({ ...headers, "Content-Type": "application/x-www-form-urlencoded" }), payload, 415],
  ])("%s", async (_, change, body, statusCode) => {
    const { handler, received } = rig();
    const events = gatewayEvents({ path, headers: change(githubHeaders(body, secret)), body });
    for (const event of Object.values(events)) expect(await handler(event)).toMatchObject({ statusCode });
    expect(received).toEqual([]);
  });

  test("500 when the core could not keep it, and the next one is taken again", async () => {
    let fails = true;
    const { handler, received, logged } = rig(async () => {
      if (fails) throw new Error("the queue is away");
    });
    expect(await handler(signed["2.0, text"])).toMatchObject({ statusCode: 500 });
    expect(logged.join("\n")).toContain("the queue is away");
    fails = false;
    expect(await handler(signed["2.0, text"])).toMatchObject({ statusCode: 202 });
    expect(received).toHaveLength(1);
  });

  test("500 while the secrets cannot be read, and that is not kept", async () => {
    let fails = true;
    const { handler } = rig(undefined, async () => {
      if (fails) throw new Error("no secret yet");
    });
    expect(await handler(signed["2.0, text"])).toMatchObject({ statusCode: 500 });
    fails = false;
    expect(await handler(signed["2.0, text"])).toMatchObject({ statusCode: 202 });
  });

  test("an answer comes after the delivery is kept, never before", async () => {
    const kept = Promise.withResolvers<void>();
    const { handler, received } = rig(async () => await kept.promise);
    let answered = false;
    const answer = (async () => {
      await handler(signed["2.0, text"]);
      answered = true;
    })();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answered).toBe(false);
    kept.resolve();
    await answer;
    expect(received).toHaveLength(1);
  });

  test("many at once reach the core once each", async () => {
    const { handler, received } = rig();
    const answers = await Promise.all(Array.from({ length: 40 }, () => handler(signed["2.0, base64"])));
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([202]));
    expect(received).toHaveLength(40);
  });

  test("an event that is not ours is 202 without anybody's work", async () => {
    const { handler, received } = rig();
    for (const event of ["ping", "star", "error"]) {
      const events = gatewayEvents({ path, headers: githubHeaders(payload, secret, event), body: payload });
      expect(await handler(events["2.0, text"])).toMatchObject({ statusCode: 202 });
    }
    expect(received).toEqual([]);
  });

  test("what is no request, and what is no post", async () => {
    const { handler } = rig();
    for (const event of [undefined, null, {}, "x", { version: "2.0" }]) {
      expect(await handler(event)).toMatchObject({ statusCode: 400 });
    }
    const get = gatewayEvents({ method: "GET", path: "/probot", headers: {}, body: "" });
    for (const event of Object.values(get)) expect(await handler(event)).toMatchObject({ statusCode: 405 });
  });
});
