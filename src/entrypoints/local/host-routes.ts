import type { IncomingMessage, ServerResponse } from "node:http";
import type { App } from "../../core/app.ts";
import { answerHost, hostLimits } from "../host-channel/answer-host.ts";

/** The host channel as a handler of Probot's server: true when the request was for it. */
export function hostRoutes(
  app: Pick<App, "onHost">,
  limits = hostLimits,
): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  return async (request, response) => {
    const { method = "", url: path = "", headers } = request;
    if (!path.startsWith("/host/")) return false;
    const { status, unread, ...answer } = await answerHost(
      app,
      {
        method,
        path,
        contentType: headers["content-type"],
        contentLength: headers["content-length"],
        // the end of reading is not the end of the connection: there is an answer to be sent
        body: request.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>,
      },
      limits,
    );
    // closing it is what stops a sender who does not
    if (unread) response.shouldKeepAlive = false;
    response.writeHead(status, answer.headers).end(answer.body);
    return true;
  };
}
