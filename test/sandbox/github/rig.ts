import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { verify } from "@octokit/webhooks-methods";
import { SignJWT } from "jose";

import { faultSupply, parseFault } from "../../../src/sandbox/faults.ts";
import type { PushRequest } from "../../../src/sandbox/github/actions/push.ts";
import type { FakeGitHubEvent } from "../../../src/sandbox/github/event.ts";
import { githubFaults } from "../../../src/sandbox/github/faults.ts";
import type { Habits } from "../../../src/sandbox/github/habits.ts";
import type { Limits } from "../../../src/sandbox/github/limits.ts";
import { startFakeGitHub, type FakeGitHub } from "../../../src/sandbox/github/start.ts";
import type { Permissions, RepositoryRecord } from "../../../src/sandbox/github/state.ts";
import type { Timings } from "../../../src/sandbox/github/timings.ts";

export const APP_ID = 4711;
export const SECRET = "a webhook secret";
export const PERMISSIONS: Permissions = {
  administration: "write",
  actions: "write",
  checks: "write",
  deployments: "write",
  contents: "read",
  pull_requests: "read",
  metadata: "read",
};

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const PRIVATE_KEY = keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
export const PUBLIC_KEY = keys.publicKey.export({ type: "spki", format: "pem" }).toString();

export type Received = {
  readonly event: string;
  readonly guid: string;
  readonly signed: boolean;
  readonly payload: { action?: string; workflow_job?: Record<string, unknown>; [key: string]: unknown };
};

export type Reply = { readonly status: number; readonly headers: Headers; readonly text: string; readonly json: Loose };

/** JSON of any shape. */
export type Loose = { readonly [key: string]: Loose } | undefined;

export type Rig = {
  readonly github: FakeGitHub;
  readonly installationId: number;
  readonly received: Received[];
  readonly events: FakeGitHubEvent[];
  /** What the App answers to webhooks; a test may change it. */
  readonly app: { status: number; silent: boolean };
  readonly clock: { aheadMs: number };
  push(files: Record<string, string>, more?: Partial<PushRequest>): Promise<Pushed>;
  jwt(claims?: { iss?: unknown; iat?: number; exp?: number; key?: string }): Promise<string>;
  token(narrow?: object): Promise<string>;
  call(method: string, path: string, credential: string, body?: unknown, accept?: string): Promise<Reply>;
  close(): Promise<void>;
};

export type RigOptions = {
  readonly faults?: string[];
  readonly timings?: Partial<Timings>;
  readonly limits?: Partial<Limits>;
  readonly habits?: Partial<Habits>;
  readonly pick?: (count: number) => number;
};

type Pushed = { repository: RepositoryRecord; sha: string; runs: { id: number }[] };

/** A fake GitHub with an App that records its webhooks, installed on the account `octo`. */
export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const received: Received[] = [];
  const events: FakeGitHubEvent[] = [];
  const app = { status: 202, silent: false };
  const clock = { aheadMs: 0 };
  const receiver = await startReceiver(received, app);
  const github = await startFakeGitHub({
    app: {
      id: APP_ID,
      slug: "mayfly",
      publicKeyPem: PUBLIC_KEY,
      permissions: PERMISSIONS,
      webhookSecret: SECRET,
      webhookUrl: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
    },
    faults: faultSupply((options.faults ?? []).map((text) => parseFault(text, { github: githubFaults }))),
    timings: { hostedJobMs: 20, lateDeliveryMs: 50, ...options.timings },
    limits: options.limits ?? {},
    habits: options.habits ?? {},
    ...(options.pick === undefined ? {} : { pick: options.pick }),
    now: () => Date.now() + clock.aheadMs,
    onEvent: (event) => events.push(event),
  });
  const installation = github.addInstallation({ account: "octo" });

  const call: Rig["call"] = async (method, path, credential, body, accept) => {
    const response = await fetch(github.url + path, {
      method,
      headers: { authorization: `Bearer ${credential}`, accept: accept ?? "application/vnd.github+json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get("content-type") ?? "").startsWith("application/json") && text !== "";
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson ? (JSON.parse(text) as Loose) : undefined,
    };
  };
  const jwt: Rig["jwt"] = async (claims = {}) => {
    const nowSeconds = Math.floor((Date.now() + clock.aheadMs) / 1000);
    const key = createPrivateKey(claims.key ?? PRIVATE_KEY);
    const issuer = "iss" in claims ? claims.iss : APP_ID;
    return new SignJWT({
      iss: issuer as string,
      iat: claims.iat ?? nowSeconds - 30,
      exp: claims.exp ?? nowSeconds + 500,
    })
      .setProtectedHeader({ alg: "RS256" })
      .sign(key);
  };
  return {
    github,
    installationId: installation.id,
    received,
    events,
    app,
    clock,
    jwt,
    call,
    push: (files, more = {}) => github.pushRepository({ owner: "octo", name: "repo", private: true, files, ...more }),
    async token(narrow = {}) {
      const reply = await call("POST", `/app/installations/${installation.id}/access_tokens`, await jwt(), narrow);
      return textOf(reply.json?.token);
    },
    async close() {
      await github.close();
      receiver.closeAllConnections();
      await new Promise((resolve) => receiver.close(resolve));
    },
  };
}

async function startReceiver(received: Received[], app: Rig["app"]): Promise<Server> {
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      void verify(SECRET, text, String(request.headers["x-hub-signature-256"])).then((signed) => {
        const event = String(request.headers["x-github-event"]);
        const guid = String(request.headers["x-github-delivery"]);
        received.push({ event, guid, signed, payload: JSON.parse(text) as Received["payload"] });
        if (!app.silent) response.writeHead(app.status).end("ok");
        return undefined;
      });
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  return receiver;
}

/** Waits until `probe` gives something; fails after a while with what was waited for. */
export async function until<T>(what: string, probe: () => T | undefined | false): Promise<T> {
  for (let turn = 0; turn < 400; turn += 1) {
    const found = probe();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain for ${what}`);
}

/** `workflow_job` deliveries that have arrived, as `name action`. */
export function jobActions(rig: Rig): string[] {
  return rig.received
    .filter(({ event }) => event === "workflow_job")
    .map(({ payload }) => `${String(payload.workflow_job?.name)} ${payload.action ?? ""}`);
}

/** A text or a number of an answer, as text; throws when it is neither. */
export function textOf(value: unknown): string {
  if (typeof value !== "string" && typeof value !== "number")
    throw new Error(`neither text nor number: ${typeof value}`);
  return String(value);
}
