import { generateKeyPairSync } from "node:crypto";
import { afterAll, afterEach, expect } from "@jest/globals";
import nock from "nock";
import { githubApp } from "../../../src/adapters/github/github-app.ts";
import type { Repository } from "../../../src/core/model/repository.ts";
import type { GitHub } from "../../../src/core/ports.ts";
import { githubContract } from "../../../src/sandbox/openapi/validator.ts";

export const BASE = "https://api.github.com";
/** Where GitHub keeps logs. */
export const STORE = "https://store.test";
export const NOW_MS = Date.parse("2026-11-22T10:00:00Z");
export const repository: Repository = { id: 7, owner: "octo", name: "site", installationId: 5, private: true };

const keys = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
export const appKeys: { publicKey: string; privateKey: string } = keys;

export type SeenRequest = {
  readonly path: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
};

export type Reply = {
  readonly status?: number;
  readonly body?: unknown;
  /** Instead of `body`: the exact text. */
  readonly text?: string;
  readonly headers?: Record<string, string>;
  /** The answer waits for this. */
  readonly after?: Promise<unknown>;
  /** The connection breaks with this code after the request was sent. */
  readonly breaks?: string;
};

export type StoreReply = Pick<Reply, "status" | "headers" | "breaks"> & { readonly content?: string | Buffer };

export type MockGithub = {
  readonly github: GitHub;
  readonly clock: { ms: number };
  readonly logged: unknown[];
  /** Every request in its order, tokens' too. */
  readonly seen: SeenRequest[];
  /** Answers the next request of this method and path (with query), once. */
  on(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, reply: Reply): void;
  /** Requests to the store of logs in their order. */
  readonly stored: SeenRequest[];
  /** Answers the next GET of this path at the store of logs, once. It is no part of GitHub's API. */
  onStore(path: string, reply: StoreReply): void;
  /** Answers every request for an installation token. */
  grantTokens(): void;
  /** Asserts that nothing unexpected was asked, nothing expected was left out, and nothing broke the contract. */
  check(): void;
};

afterEach(() => {
  nock.cleanAll();
});

// nock patches core modules that the test files of one Jest worker share
afterAll(() => {
  nock.restore();
});

/** GitHub by nock: strict, and held against GitHub's own description in both directions. */
export function mockGithub(options: { privateKey?: string; timeoutMs?: number } = {}): MockGithub {
  nock.disableNetConnect();
  const contract = githubContract();
  const clock = { ms: NOW_MS };
  const logged: unknown[] = [];
  const seen: SeenRequest[] = [];
  const stored: SeenRequest[] = [];
  const violations: string[] = [];
  nock.emitter.removeAllListeners("no match");
  nock.emitter.on("no match", (request: Request) => {
    violations.push(`unexpected ${request.method} ${request.url}`);
  });

  async function record(request: Request): Promise<{ path: string; body: unknown }> {
    const { pathname, search } = new URL(request.url);
    const path = `${pathname}${search}`;
    const sent = await request.text();
    const body: unknown = sent === "" ? undefined : JSON.parse(sent);
    violations.push(...contract.requestErrors(request.method, path, body));
    seen.push({ path, body, headers: Object.fromEntries(request.headers) });
    return { path, body };
  }

  function answer(
    method: string,
    path: string,
    { status = 200, body, text, headers }: Reply,
  ): [number, string, Record<string, string>] {
    const raw = text ?? (body === undefined ? "" : JSON.stringify(body));
    const isJson = !(headers?.["content-type"] ?? "json").includes("raw");
    const parsed: unknown = raw === "" ? undefined : isJson ? JSON.parse(raw) : raw;
    violations.push(...contract.responseErrors(contract.operation(method, path)?.id ?? path, status, parsed));
    return [status, raw, { "content-type": "application/json; charset=utf-8", ...headers }];
  }

  const log = (...line: unknown[]): void => void logged.push(line);
  let tokensMade = 0;
  return {
    github: githubApp({
      appId: 4711,
      privateKey: options.privateKey ?? appKeys.privateKey,
      log: { debug: log, info: log, warn: log, error: log },
      clock: { nowMs: () => clock.ms },
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    }),
    clock,
    logged,
    seen,
    stored,
    onStore(path, { status = 200, content = "", headers, breaks }) {
      const interceptor = nock(STORE).intercept(path, "GET");
      if (breaks !== undefined) {
        // as fetch tells it, with the address
        interceptor.replyWithError(Object.assign(new Error(`${STORE}${path} ${breaks}`), { code: breaks }));
        return;
      }
      interceptor.reply((request: Request) => {
        stored.push({ path, body: undefined, headers: Object.fromEntries(request.headers) });
        return [status, content, headers ?? {}];
      });
    },
    on(method, path, reply) {
      const interceptor = nock(BASE).intercept(path, method);
      if (reply.breaks === undefined) {
        interceptor.reply(async (request: Request) => {
          await record(request);
          await reply.after;
          return answer(method, path, reply);
        });
        return;
      }
      const broken = Object.assign(new Error(`read ${reply.breaks}`), { code: reply.breaks });
      interceptor.replyWithError(broken);
    },
    grantTokens() {
      nock(BASE)
        .persist()
        .post(/^\/app\/installations\/\d+\/access_tokens$/)
        .optionally()
        .reply(async (request: Request) => {
          const { path, body } = await record(request);
          tokensMade += 1;
          const expiresAt = new Date(clock.ms + 3_600_000).toISOString();
          const { permissions } = body as { permissions?: object };
          return answer("POST", path, {
            status: 201,
            body: { token: `ghs_4711_secret.${tokensMade}.x`, expires_at: expiresAt, permissions },
          });
        });
    },
    check() {
      expect(violations).toEqual([]);
      expect(nock.pendingMocks()).toEqual([]);
    },
  };
}

/** The requests for tokens among those seen. */
export function tokenRequests(mock: MockGithub): SeenRequest[] {
  return mock.seen.filter(({ path }) => path.endsWith("/access_tokens"));
}
