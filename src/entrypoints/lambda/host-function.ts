import type { App } from "../../core/app.ts";
import type { Log } from "../../core/ports.ts";
import { answerHost } from "../host-channel/answer-host.ts";
import { readGatewayRequest } from "./gateway-request.ts";
import type { GatewayAnswer } from "./gateway-request.ts";

/**
 * The host channel as API Gateway hands it on. What cannot be looked at now is 503, which hosts take as "ask again".
 * Never rejects.
 */
export function hostFunction(
  open: () => Promise<Pick<App, "onHost">>,
  log: Log,
): (event: unknown) => Promise<GatewayAnswer> {
  return async (event) => {
    const request = readGatewayRequest(event);
    if (request === undefined) return { statusCode: 400, headers: {}, body: "" };
    const { method, path, headers, body } = request;
    try {
      const { status, ...reply } = await answerHost(await open(), {
        method,
        path,
        contentType: headers["content-type"]?.[0],
        contentLength: String(body.byteLength),
        body: [body],
      });
      return { statusCode: status, headers: reply.headers, body: reply.body };
    } catch (error) {
      log.error("host request could not be looked at", {
        path,
        detail: error instanceof Error ? error.message : String(error),
      });
      return { statusCode: 503, headers: { "retry-after": "5" }, body: "" };
    }
  };
}
