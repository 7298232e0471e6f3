import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Faults } from "../faults.ts";
import { authorize } from "./authorization.ts";
import { AwsError } from "./aws-error.ts";
import { answerEc2, isQueryRequest, mostQueryBytes, type Ec2Api } from "./ec2/answer-ec2.ts";
import { faultError } from "./faults.ts";
import { readBody, writeReply, type Reply } from "./http.ts";
import type { LambdaEvent } from "./lambda/function.ts";
import { invokePath, mostPayloadBytes, readInvoke } from "./lambda/invoke.ts";
import type { RunningFunction } from "./lambda/run-function.ts";
import type { LogsPlace } from "./logs/describe.ts";
import { logsApi } from "./logs/logs-api.ts";

export type RequestContext = LogsPlace & {
  readonly faults: Faults;
  readonly functions: ReadonlyMap<string, RunningFunction>;
  readonly ec2: Ec2Api | undefined;
  /** An operation of a service was called, whatever came of it. */
  readonly onCall: (service: "lambda" | "logs", operation: string) => void;
  /** An Invoke was accepted; its reply has not been written yet. */
  readonly onAccept: (event: LambdaEvent, deliveries: 0 | 1 | 2) => void;
};

const mostLogsBytes = 4 * 1024 * 1024;

type Call = {
  readonly service: "lambda" | "logs";
  readonly operation: string;
  readonly path: ReturnType<typeof invokePath>;
};

/** Answers one request of an AWS SDK: recognises the operation, checks who asks, lets a fault strike, carries it out. */
export async function answerRequest(
  context: RequestContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (context.ec2 !== undefined && isQueryRequest(request)) {
    const reply = answerEc2(context.ec2, request, await readBody(request, mostQueryBytes));
    if (reply === undefined) response.destroy();
    else writeReply(response, reply);
    return;
  }
  const call = recognise(request);
  const type = call?.service === "logs" ? "application/x-amz-json-1.1" : "application/json";
  const standard = { "content-type": type, "x-amzn-requestid": randomUUID() };
  try {
    const reply = await carryOut(context, request, call);
    if (reply === undefined) response.destroy();
    else writeReply(response, { ...reply, headers: standard });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { status, code, message, fields, headers } = error;
    const body = JSON.stringify(call?.service === "logs" ? { __type: code, message } : { Message: message, ...fields });
    writeReply(response, { status, headers: { ...standard, "x-amzn-errortype": code, ...headers }, body });
  }
}

function recognise({ method, url = "", headers }: IncomingMessage): Call | undefined {
  if (method !== "POST") return undefined;
  const path = invokePath(url);
  if (path !== undefined) return { service: "lambda", operation: "Invoke", path };
  const [, operation] = /^Logs_20140328\.(\w+)$/.exec([headers["x-amz-target"]].flat()[0] ?? "") ?? [];
  return operation === undefined ? undefined : { service: "logs", operation, path };
}

/** Undefined: the effect has happened, and its reply is lost. */
async function carryOut(
  context: RequestContext,
  request: IncomingMessage,
  call: Call | undefined,
): Promise<Reply | undefined> {
  const { bytes, tooLarge } = await readBody(request, call?.service === "logs" ? mostLogsBytes : mostPayloadBytes);
  if (call === undefined) {
    throw new AwsError(404, "UnknownOperationException", `${request.method} ${request.url} is not in the sandbox`);
  }
  const { service, operation, path } = call;
  context.onCall(service, operation);
  authorize(request, context.region, [service]);
  const fault = context.faults.take(service, operation);
  const struck = fault === undefined ? undefined : faultError(service, fault);
  if (struck !== undefined) throw struck;
  if (path === undefined) {
    const body = logsApi(context, operation, bytes.toString("utf8"));
    if (fault === "lost-reply") return undefined;
    return { status: 200, body: body === undefined ? "" : JSON.stringify(body) };
  }
  const invoke = { ...path, headers: request.headers, payload: bytes, payloadTooLarge: tooLarge };
  const event = readInvoke(invoke, context.functions, context);
  if (event !== undefined) context.onAccept(event, deliveries[fault ?? ""] ?? 1);
  return fault === "lost-reply" ? undefined : { status: event === undefined ? 204 : 202 };
}

const deliveries: Readonly<Record<string, 0 | 2>> = { drop: 0, duplicate: 2 };
