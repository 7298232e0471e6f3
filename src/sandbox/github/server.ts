import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { answerRegistration, REGISTRATION_PATH } from "./app-registration.ts";
import { LOG_STORE_PATH, serveLog } from "./log-store.ts";
import { answerRequest, type RestDoors } from "./rest/answer-request.ts";
import { readBody } from "./rest/read-body.ts";
import { answerRunner, RUNNER_PATH } from "./runners/protocol.ts";
import type { World } from "./world.ts";

export type Listening = { readonly url: string; close(): Promise<void> };

/** Listens on 127.0.0.1; `answer` gets every request and must not reject. */
export async function listen(port: number, answer: Answerer): Promise<Listening> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500, { "content-type": "application/json" });
      response.end(JSON.stringify({ message: `The fake GitHub has a fault of its own: ${String(error)}` }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${actual}`, close: () => close(server) };
}

type Answerer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Routes a request to the REST API, to the page for new Apps, to the store of logs, or to the stand-in runner's protocol. */
export function router(world: World, doors: RestDoors): Answerer {
  return async (request, response) => {
    const url = new URL(request.url ?? "/", world.url);
    if (url.pathname.startsWith(`${RUNNER_PATH}/`)) return answerRunner(world, request, response);
    if (url.pathname.startsWith(`${LOG_STORE_PATH}/`)) return serveLog(world, request, response);
    if (REGISTRATION_PATH.test(url.pathname)) return answerRegistration(world, url, request, response);
    const { answer, text, lost } = await answerRequest(world, doors, {
      method: request.method ?? "GET",
      url,
      authorization: request.headers.authorization,
      accept: request.headers.accept ?? "",
      readBody: () => readBody(request),
    });
    if (lost) {
      request.socket.destroy();
      return undefined;
    }
    response.writeHead(answer.status, {
      "content-type": answer.raw?.contentType ?? "application/json; charset=utf-8",
      "x-github-media-type": "github.v3; format=json",
      "x-github-api-version-selected": "2022-11-28",
      "x-github-request-id": randomBytes(8).toString("hex").toUpperCase(),
      ...answer.headers,
    });
    response.end(text);
    return undefined;
  };
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
