import type { IncomingMessage, ServerResponse } from "node:http";
import type { App } from "../../core/app.ts";

/** The largest request that a host ever needs to send. */
const mostBytes = 64 * 1024;

/** The host channel as a handler of Probot's server: true when the request was for it. */
export function hostRoutes(
  app: Pick<App, "onHost">,
): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  return async (request, response) => {
    const path = new URL(request.url ?? "/", "http://host").pathname;
    if (!path.startsWith("/host/")) return false;
    if (request.method !== "POST") {
      response.writeHead(405, { allow: "POST" }).end();
      return true;
    }
    const body = await readJson(request);
    if (body === undefined) {
      response.writeHead(400).end();
      return true;
    }
    const answer = await app.onHost(path, body.value);
    if (answer.retryAfterSeconds !== undefined) response.setHeader("retry-after", String(answer.retryAfterSeconds));
    if (answer.body === undefined) {
      response.writeHead(answer.status).end();
    } else {
      response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
    }
    return true;
  };
}

/** Undefined when the body is too large or no JSON. */
async function readJson(request: IncomingMessage): Promise<{ value: unknown } | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer = chunk as Buffer;
    bytes += buffer.length;
    if (bytes > mostBytes) return undefined;
    chunks.push(buffer);
  }
  try {
    return { value: JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown };
  } catch {
    return undefined;
  }
}
