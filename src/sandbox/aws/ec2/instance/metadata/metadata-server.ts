import type { IncomingMessage, ServerResponse } from "node:http";
import { listen, shut, writeReply } from "../../../http.ts";
import type { MetadataPaths } from "./metadata-paths.ts";
import { metadataTokens, type MetadataTokens } from "./metadata-tokens.ts";

export type MetadataServer = {
  /** For AWS_EC2_METADATA_SERVICE_ENDPOINT. */
  readonly url: string;
  /** Breaks every connection; resolves when the port is free. */
  close(): Promise<void>;
};

const ttlHeader = "x-aws-ec2-metadata-token-ttl-seconds";
const tokenHeader = "x-aws-ec2-metadata-token";
const version = /^\/(?:latest|\d{4}-\d{2}-\d{2})(?:\/(.*))?$/s;

/**
 * An instance's metadata on a port of its own of 127.0.0.1, as EC2 serves it where HttpTokens is `required` (IMDSv2):
 * `PUT /latest/api/token` gives a token for 1 to 21600 seconds, everything else needs one. Unlike EC2's it is reached
 * by whoever knows the port: there is no network of its own around it.
 */
export async function startMetadataServer(paths: MetadataPaths): Promise<MetadataServer> {
  const tokens = metadataTokens();
  const { server, address } = await listen((request, response) => answer(request, response, paths, tokens), 0);
  return { url: `http://${address}`, close: () => shut(server) };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  paths: MetadataPaths,
  tokens: MetadataTokens,
): void {
  // whatever its body, it says nothing here
  request.resume();
  // as it came: what is in the machine may write anything here, also what is no URL
  const path = (request.url ?? "/").replace(/[?#].*/s, "");
  if (path === "/latest/api/token") return giveToken(request, response, tokens);
  const token = request.headers[tokenHeader];
  const secondsLeft = tokens.secondsLeft(typeof token === "string" ? token : undefined);
  if (secondsLeft === undefined) return refuse(response, 401, "Unauthorized");
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, "Method Not Allowed");
  const found = read(path, paths);
  if (found === undefined) return refuse(response, 404, "Not Found");
  // user data is "opaque data: what you give is what you get back" (EC2 user guide)
  const type = typeof found === "string" ? "text/plain" : "application/octet-stream";
  response.writeHead(200, { "content-type": type, [ttlHeader]: String(secondsLeft) });
  response.end(request.method === "HEAD" ? "" : found);
}

function giveToken(request: IncomingMessage, response: ServerResponse, tokens: MetadataTokens): void {
  if (request.method !== "PUT") return refuse(response, 405, "Method Not Allowed");
  // what has come through a proxy is not from the instance itself
  if (request.headers["x-forwarded-for"] !== undefined) return refuse(response, 403, "Forbidden");
  const ttl = request.headers[ttlHeader];
  const issued = tokens.issue(typeof ttl === "string" ? ttl : undefined);
  if (issued === undefined) return refuse(response, 400, "Bad Request");
  const headers = { "content-type": "text/plain", [ttlHeader]: String(issued.ttlSeconds) };
  writeReply(response, { status: 200, headers, body: issued.token });
}

/** A value, or the list of what is below a folder. */
function read(path: string, paths: MetadataPaths): string | Buffer | undefined {
  const below = path === "/" ? undefined : version.exec(path)?.[1];
  if (path === "/") return "latest";
  if (!version.test(path)) return undefined;
  const at = below ?? "";
  const value = paths.get(at) ?? paths.get(`${at}/`);
  if (value !== undefined) return value();
  const folder = at === "" || at.endsWith("/") ? at : `${at}/`;
  const names = [...paths]
    .filter(([name, text]) => name.startsWith(folder) && text() !== undefined)
    .map(([name]) => name.slice(folder.length).replace(/\/.*/s, "/"));
  return names.length === 0 ? undefined : [...new Set(names)].toSorted().join("\n");
}

function refuse(response: ServerResponse, status: number, words: string): void {
  const body = `<?xml version="1.0" encoding="iso-8859-1"?>\n<html><head><title>${status} - ${words}</title></head><body><h1>${status} - ${words}</h1></body></html>\n`;
  writeReply(response, { status, headers: { "content-type": "text/html" }, body });
}
