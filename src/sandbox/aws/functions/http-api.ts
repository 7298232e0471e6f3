import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { listen, readBody, shut } from "../http.ts";
import type { DeployedFunction } from "./deployed-function.ts";

/** `POST /path` → function. */
export type Routes = Readonly<Record<string, DeployedFunction>>;

export type HttpApi = { close(): Promise<void> };

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const mostBytes = 10 * 1024 * 1024;

/**
 * An HTTP API of API Gateway on 127.0.0.1: routes as they are written, events of format 2.0, bodies that are no text in
 * base64, 404 for what has no route, 500 when a function fails or answers no answer.
 */
export async function startHttpApi(routes: Routes, port: number): Promise<HttpApi> {
  const { server } = await listen((request, response) => {
    answer(routes, request, response).catch(() => response.destroy());
  }, port);
  return { close: async () => await shut(server) };
}

type Answer = { readonly statusCode: number; readonly headers?: Record<string, string>; readonly body?: string };

async function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { bytes, tooLarge } = await readBody(request, mostBytes);
  const [path = "/"] = (request.url ?? "/").split("?", 1);
  const routeKey = `${request.method} ${path}`;
  const target = routes[routeKey];
  if (tooLarge) return write(response, 413, "Request Entity Too Large");
  if (target === undefined) return write(response, 404, "Not Found");
  const invoked = await target.invoke(eventOf(request, routeKey, path, bytes));
  const given = "result" in invoked ? (invoked.result as Answer | null) : undefined;
  if (typeof given?.statusCode !== "number") return write(response, 500, "Internal Server Error");
  response.writeHead(given.statusCode, given.headers).end(given.body ?? "");
}

function write(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ message }));
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
function eventOf(request: IncomingMessage, routeKey: string, path: string, bytes: Buffer): Record<string, unknown> {
  const headers = Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values = []]) => [name, values.join(",")]),
  );
  // What has a text's type is handed on as text.
  const isText = /^(?:text\/|application\/(?:json|xml|javascript))/i.test(headers["content-type"] ?? "");
  return {
    version: "2.0",
    routeKey,
    rawPath: path,
    rawQueryString: (request.url ?? "").split("?")[1] ?? "",
    headers,
    requestContext: {
      accountId: "123456789012",
      apiId: "sandbox",
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? "",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey,
      stage: "$default",
      timeEpoch: Date.now(),
    },
    ...(bytes.length > 0 && { body: bytes.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: bytes.length > 0 && !isText,
  };
}
