import { request } from "node:http";

/** One event as Lambda's Runtime API hands it out. */
export type Invocation = {
  readonly requestId: string;
  /** When Lambda ends this environment, milliseconds since the epoch. */
  readonly deadlineMs: number;
  readonly tenantId: string | undefined;
  readonly body: string;
};

export type RuntimeApi = {
  /** Waits for the next event, however long that takes (the environment is frozen meanwhile). */
  next(): Promise<Invocation>;
  respond(requestId: string, result: unknown): Promise<void>;
  fail(requestId: string, type: string, message: string): Promise<void>;
};

type Reply = { readonly status: number; readonly headers: NodeJS.Dict<string | string[]>; readonly body: string };

/** Client of Lambda's Runtime API, version 2018-06-01; `address` is AWS_LAMBDA_RUNTIME_API (host:port). */
export function runtimeApi(address: string): RuntimeApi {
  const base = `http://${address}/2018-06-01/runtime/invocation`;

  const post = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<void> => {
    const reply = await call(`${base}/${path}`, "POST", JSON.stringify(body), headers);
    if (reply.status >= 300) throw new Error(`Runtime API: ${path} answered ${String(reply.status)}`);
  };

  return {
    async next() {
      const reply = await call(`${base}/next`, "GET", undefined, {});
      if (reply.status !== 200) throw new Error(`Runtime API: next answered ${String(reply.status)}`);
      const header = (name: string): string | undefined => [reply.headers[name]].flat()[0];
      const requestId = header("lambda-runtime-aws-request-id");
      if (requestId === undefined) throw new Error("Runtime API: an event without a request id");
      return {
        requestId,
        deadlineMs: Number(header("lambda-runtime-deadline-ms") ?? Number.NaN),
        tenantId: header("lambda-runtime-aws-tenant-id"),
        body: reply.body,
      };
    },
    respond: (requestId, result) => post(`${requestId}/response`, result),
    fail: (requestId, errorType, errorMessage) =>
      post(
        `${requestId}/error`,
        { errorMessage, errorType, stackTrace: [] },
        { "Lambda-Runtime-Function-Error-Type": errorType },
      ),
  };
}

// node:http, not fetch: fetch gives up after 5 minutes without an answer, and `next` may take longer
function call(url: string, method: string, body: string | undefined, headers: Record<string, string>): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
