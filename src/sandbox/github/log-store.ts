import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import type { JobRecord } from "./state.ts";
import type { World } from "./world.ts";

/** Where logs of jobs are kept. It is no part of the API: GitHub uses Azure's store, whose habits this has. */
export const LOG_STORE_PATH = "/_logs";

/** "This link expires after 1 minute" (GitHub's docs on `actions/download-job-logs-for-workflow-run`). */
const LINK_LIFE_MS = 60_000;
const key = randomBytes(32);

/** The address of a job's log, good for a minute. */
export function logUrl(world: World, job: JobRecord): string {
  const name = `${LOG_STORE_PATH}/${job.id}?se=${world.now() + LINK_LIFE_MS}`;
  return `${world.url}${name}&sig=${signature(name)}`;
}

/**
 * Serves a log to whoever has its address: ranges from a byte on, none from the end (they are ignored). A request with
 * other credentials is wrong, and a log whose runner never ended it is not there.
 */
export function serveLog(world: World, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", world.url);
  const job = world.state.jobs.get(Number(url.pathname.slice(LOG_STORE_PATH.length + 1)));
  const expiresAtMs = Number(url.searchParams.get("se"));
  if (request.headers.authorization !== undefined) return refuse(response, 400, "InvalidAuthenticationInfo");
  if (!isSigned(url) || expiresAtMs < world.now()) return refuse(response, 403, "AuthenticationFailed");
  if (job?.keepsLog !== true) return refuse(response, 404, "BlobNotFound");
  return send(response, Buffer.from(job.log), request.headers.range);
}

function send(response: ServerResponse, whole: Buffer, range: string | undefined): void {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
  const headers = { "content-type": "text/plain; charset=utf-8", "accept-ranges": "bytes" };
  if (first === undefined) {
    response.writeHead(200, { ...headers, "content-length": whole.length }).end(whole);
    return;
  }
  const start = Number(first);
  const end = Math.min(whole.length - 1, last === undefined || last === "" ? Infinity : Number(last));
  if (start > end) return refuse(response, 416, "InvalidRange");
  const part = whole.subarray(start, end + 1);
  const place = { "content-range": `bytes ${start}-${end}/${whole.length}`, "content-length": part.length };
  response.writeHead(206, { ...headers, ...place }).end(part);
  return undefined;
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "content-type": "application/xml" });
  response.end(`<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code></Error>`);
}

function isSigned(url: URL): boolean {
  const given = Buffer.from(url.searchParams.get("sig") ?? "");
  const wanted = Buffer.from(signature(`${url.pathname}?se=${url.searchParams.get("se") ?? ""}`));
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function signature(name: string): string {
  return createHmac("sha256", key).update(name).digest("hex");
}
