import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { listen, readBody, shut } from "../../src/sandbox/aws/http.ts";

export type LogsRequest = {
  readonly headers: IncomingHttpHeaders;
  readonly operation: string;
  readonly body: Buffer;
  /** What the fake answered. */
  readonly status: number;
};

/** Stands between an instance and the fake of CloudWatch Logs: sees each request, and can be down. */
export type LogsGate = {
  readonly url: string;
  readonly requests: LogsRequest[];
  /** While down every connection is broken; counts those. */
  down(isDown: boolean): void;
  refused(): number;
  /** Events of the batches that arrived, in order. */
  lines(): { readonly timestamp: number; readonly message: string }[];
  close(): Promise<void>;
};

export async function startLogsGate(awsUrl: string, isDown = false): Promise<LogsGate> {
  const requests: LogsRequest[] = [];
  let broken = isDown;
  let refused = 0;
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { bytes } = await readBody(request, 4 * 1024 * 1024);
    if (broken) {
      refused += 1;
      response.destroy();
      return;
    }
    const headers = Object.fromEntries(
      Object.entries(request.headers).flatMap(([name, value]) =>
        typeof value === "string" && !["host", "content-length", "connection"].includes(name) ? [[name, value]] : [],
      ),
    );
    const answer = await fetch(awsUrl, { method: "POST", headers, body: new Uint8Array(bytes) });
    const operation = /\.(\w+)$/.exec(String(request.headers["x-amz-target"]))?.[1] ?? "";
    requests.push({ headers: request.headers, operation, body: bytes, status: answer.status });
    response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.1" });
    response.end(await answer.text());
  };
  const { server, address } = await listen((request, response) => {
    pass(request, response).catch(() => response.destroy());
  }, 0);
  return {
    url: `http://${address}`,
    requests,
    down: (value) => (broken = value),
    refused: () => refused,
    lines: () =>
      requests
        .filter(({ operation, status }) => operation === "PutLogEvents" && status === 200)
        .flatMap(({ body }) => {
          const batch = JSON.parse(body.toString("utf8")) as {
            logEvents: { timestamp: number; message: string }[];
          };
          return batch.logEvents;
        }),
    close: () => shut(server),
  };
}
