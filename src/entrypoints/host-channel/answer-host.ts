import type { App } from "../../core/app.ts";
import { readBody } from "./read-body.ts";
import type { Body, BodyLimits } from "./read-body.ts";
import { readJson } from "./read-json.ts";

/** A request of the host channel as any server has it. */
export type HostRequest = {
  readonly method: string;
  /** As the request line has it; a query behind it means nothing. */
  readonly path: string;
  /** Headers as they were sent. */
  readonly contentType: string | undefined;
  readonly contentLength: string | undefined;
  readonly body: Body;
};

export type HostReply = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The request's body was not read to its end: the connection is of no more use. */
  readonly unread: boolean;
};

/** An instance identity document with its signature is the longest thing that a host sends: about 4 KB. */
export const hostLimits: BodyLimits & { readonly mostDepth: number } = {
  mostBytes: 32 * 1024,
  withinMs: 10_000,
  mostDepth: 8,
};

const paths: ReadonlySet<string> = new Set(["/host/claim", "/host/job", "/host/event"]);

/**
 * The one door of the host channel, for every server: nothing that is too large, too slow, too deep or no JSON in
 * UTF-8 reaches the core, and no body is read before method, path and headers are right. What a host would only
 * repeat is 400, which hosts take as final; 408 says that the body did not come in time. Never rejects as long as
 * the core does not.
 */
export async function answerHost(
  app: Pick<App, "onHost">,
  request: HostRequest,
  limits: typeof hostLimits = hostLimits,
): Promise<HostReply> {
  const [path = ""] = request.path.split("?", 1);
  if (!paths.has(path)) return refusal(404);
  if (request.method !== "POST") return refusal(405, { allow: "POST" });
  if (!isJson(request.contentType) || Number(request.contentLength ?? 0) > limits.mostBytes) return refusal(400);
  const bytes = await readBody(request.body, limits);
  if (typeof bytes === "string") return refusal(bytes === "too-slow" ? 408 : 400);
  const json = readJson(bytes, limits.mostDepth);
  if (json === undefined) return reply(400, {}, undefined);
  const { status, retryAfterSeconds, body } = await app.onHost(path, json.value);
  return reply(status, retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }, body);
}

function isJson(contentType: string | undefined): boolean {
  return /^application\/json[ \t]*(?:;|$)/i.test(contentType ?? "");
}

function refusal(status: number, headers: Record<string, string> = {}): HostReply {
  return { status, headers, body: "", unread: true };
}

/** A claim's answer is a secret: nobody in between keeps it. */
function reply(status: number, headers: Record<string, string>, body: Record<string, unknown> | undefined): HostReply {
  if (body === undefined) return { status, headers, body: "", unread: false };
  const all = { ...headers, "content-type": "application/json", "cache-control": "no-store" };
  return { status, headers: all, body: JSON.stringify(body), unread: false };
}
