import type { IncomingMessage, ServerResponse } from "node:http";

import { z } from "zod";

import { readBody } from "../rest/read-body.ts";
import type { JobRecord, RunnerRecord } from "../state.ts";
import type { World } from "../world.ts";
import { begin, endJob, jobOfRunner, openSession, poll, renew } from "./connection.ts";

/** Where the stand-in runner's protocol lives. It is Mayfly's own, not GitHub's: the real one is not public. */
export const RUNNER_PATH = "/_runner";

const MAX_WAIT_SECONDS = 50;
const GONE = { message: "The runner no longer exists on the server." };

const Steps = z.object({
  steps: z.array(
    z.object({
      number: z.number().int(),
      name: z.string(),
      status: z.enum(["queued", "in_progress", "completed"]),
      conclusion: z.enum(["success", "failure", "cancelled", "skipped"]).nullable(),
      started_at: z.string().nullable(),
      completed_at: z.string().nullable(),
    }),
  ),
});
const Log = z.object({ text: z.string() });
const Annotation = z.object({ level: z.enum(["notice", "warning", "failure"]), message: z.string() });
const Complete = z.object({
  conclusion: z.enum(["success", "failure", "cancelled"]),
  outputs: z.record(z.string(), z.string()).default({}),
  annotations: z.array(Annotation).default([]),
});

/** Answers one request of a runner. */
export async function answerRunner(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", world.url);
  const runnerId = world.state.runnerTokens.get(bearer(request));
  const text = await readBody(request);
  if (runnerId === undefined) return end(response, 401, { message: "Bad credentials" });
  const runner = world.state.runners.get(runnerId);
  const route = `${request.method ?? ""} ${url.pathname.slice(RUNNER_PATH.length)}`;
  const [, jobId, verb] = /^POST \/jobs\/(\d+)\/(start|steps|log|complete)$/.exec(route) ?? [];
  // the last lines of a log may come after the end of the job, when the registration is gone
  if (verb === "log") return takeLog(world, response, runnerId, Number(jobId), parse(text));
  if (runner === undefined) return end(response, 404, GONE);
  if (route === "POST /session") {
    return openSession(world, runner) ? end(response, 200, {}) : end(response, 409, { message: "A session exists." });
  }
  if (route === "GET /message") return takePoll(world, runner, Number(url.searchParams.get("wait") ?? 0), response);
  const job = jobOfRunner(world, runner, Number(jobId));
  if (job === undefined) return end(response, 404, { message: "No such job." });
  return answerJob(world, runner, job, verb ?? "", parse(text), response);
}

function bearer(request: IncomingMessage): string {
  return /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
}

function answerJob(
  world: World,
  runner: RunnerRecord,
  job: JobRecord,
  verb: string,
  body: unknown,
  response: ServerResponse,
): void {
  if (verb === "start") {
    begin(world, runner, job);
    return end(response, 200, {});
  }
  const steps = verb === "steps" ? Steps.safeParse(body) : undefined;
  if (steps?.success === true) {
    return end(response, 200, { cancel: renew(world, runner, job, steps.data.steps) });
  }
  const complete = verb === "complete" ? Complete.safeParse(body) : undefined;
  if (complete?.success === true) {
    const { conclusion, outputs, annotations } = complete.data;
    endJob(world, job, conclusion, outputs, annotations);
    return end(response, 200, {});
  }
  return end(response, 400, { message: (steps ?? complete)?.error?.message ?? "Bad request." });
}

function takePoll(world: World, runner: RunnerRecord, waitSeconds: number, response: ServerResponse): void {
  if (runner.status === "offline") return end(response, 401, { message: "No session." });
  const waitMs = Math.min(MAX_WAIT_SECONDS, Math.max(0, waitSeconds)) * 1000;
  const waiting = poll(world, runner, waitMs, (message) => {
    if (message === "nothing") end(response, 202);
    else if (message === "gone") end(response, 404, GONE);
    else end(response, 200, message);
  });
  response.once("close", () => waiting.abandon());
}

function takeLog(world: World, response: ServerResponse, runnerId: number, jobId: number, body: unknown): void {
  const job = world.state.jobs.get(jobId);
  const log = Log.safeParse(body);
  if (job === undefined || job.runnerId !== runnerId) return end(response, 404, { message: "No such job." });
  if (!log.success) return end(response, 400, { message: log.error.message });
  job.log += log.data.text;
  return end(response, 200, {});
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function end(response: ServerResponse, status: number, body?: unknown): void {
  if (response.writableEnded) return;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
