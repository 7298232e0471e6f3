import { Agent, request } from "node:http";
import pRetry from "p-retry";

export type Answer = { readonly status: number; readonly body: unknown };

export type CallOptions = { readonly body?: unknown; readonly signal?: AbortSignal };

export type Server = {
  /** One request. Rejects when the connection breaks or `signal` is aborted; any status is an answer. */
  call(method: "GET" | "POST", path: string, options?: CallOptions): Promise<Answer>;
  /** As `call`, but tries again for a few seconds when the connection breaks or the server answers 5xx. */
  insist(method: "GET" | "POST", path: string, options?: CallOptions): Promise<Answer>;
};

const RETRY = { retries: 5, minTimeout: 100, factor: 2, maxTimeout: 2000 };

/** The fake GitHub's runner protocol. Plain node:http: it starts faster than fetch, and the server is on 127.0.0.1. */
export function connectServer(baseUrl: string, accessToken: string): Server {
  const agent = new Agent({ keepAlive: true });
  const call: Server["call"] = (method, path, { body, signal } = {}) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        authorization: `Bearer ${accessToken}`,
        "user-agent": "mayfly-stand-in-runner",
        ...(text === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
      };
      const outgoing = request(`${baseUrl}${path}`, {
        method,
        agent,
        headers,
        ...(signal === undefined ? {} : { signal }),
      });
      outgoing.once("error", reject);
      outgoing.once("response", (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.once("error", reject);
        incoming.once("end", () => {
          resolve({ status: incoming.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString()) });
        });
      });
      outgoing.end(text);
    });
  const insist: Server["insist"] = (method, path, options) =>
    pRetry(
      async () => {
        const answer = await call(method, path, options);
        if (answer.status >= 500) throw new Error(`${method} ${path}: ${String(answer.status)}`);
        return answer;
      },
      { ...RETRY, ...(options?.signal === undefined ? {} : { signal: options.signal }) },
    );
  return { call, insist };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
