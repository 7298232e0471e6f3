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
import { answerSts, isForSts, type StsApi } from "./sts/answer-sts.ts";

export type RequestContext = LogsPlace & {
  readonly faults: Faults;
  readonly functions: ReadonlyMap<string, RunningFunction>;
  readonly ec2: Ec2Api | undefined;
  readonly sts?: StsApi | undefined;
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

type Body = Awaited<ReturnType<typeof readBody>>;

/** Answers one request of an AWS SDK: recognises the operation, checks who asks, lets a fault strike, carries it out. */
export async function answerRequest(
  context: RequestContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const call = recognise(request);
  const mostBytes = call === undefined ? mostQueryBytes : call.service === "logs" ? mostLogsBytes : mostPayloadBytes;
  const body = await readBody(request, mostBytes);
  const reply = isQueryRequest(request)
    ? answerQuery(context, request, body)
    : answerJson(context, request, call, body);
  if (reply === undefined) response.destroy();
  else writeReply(response, reply);
}

/** STS and EC2 share a protocol, and here an address; undefined: the reply is lost. */
function answerQuery(context: RequestContext, request: IncomingMessage, body: Body): Reply | undefined {
  const { ec2, sts } = context;
  if (sts !== undefined && isForSts(body.bytes)) return answerSts(sts, request, body.bytes);
  if (ec2 !== undefined) return answerEc2({ ...ec2, keys: sts?.sessions }, request, body);
  return answerJson(context, request, undefined, body);
}

/** Undefined: the effect has happened, and its reply is lost. */
function answerJson(
  context: RequestContext,
  request: IncomingMessage,
  call: Call | undefined,
  body: Body,
): Reply | undefined {
  const type = call?.service === "logs" ? "application/x-amz-json-1.1" : "application/json";
  const standard = { "content-type": type, "x-amzn-requestid": randomUUID() };
  try {
    const reply = carryOut(context, request, call, body);
    return reply && { ...reply, headers: standard };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { status, code, message, fields, headers } = error;
    const members = call?.service === "logs" ? { __type: code, message } : { Message: message, ...fields };
    return {
      status,
      headers: { ...standard, "x-amzn-errortype": code, ...headers },
      body: JSON.stringify(members),
    };
  }
}

function recognise({ method, url = "", headers }: IncomingMessage): Call | undefined {
  if (method !== "POST") return undefined;
  const path = invokePath(url);
  if (path !== undefined) return { service: "lambda", operation: "Invoke", path };
  const [, operation] = /^Logs_20140328\.(\w+)$/.exec([headers["x-amz-target"]].flat()[0] ?? "") ?? [];
  return operation === undefined ? undefined : { service: "logs", operation, path };
}

function carryOut(
  context: RequestContext,
  request: IncomingMessage,
  call: Call | undefined,
  { bytes, tooLarge }: Body,
): Reply | undefined {
  if (call === undefined) {
    throw new AwsError(404, "UnknownOperationException", `${request.method} ${request.url} is not in the sandbox`);
  }
  const { service, operation, path } = call;
  context.onCall(service, operation);
  const { region, sts } = context;
  authorize(request, { region, service, body: tooLarge ? undefined : bytes, keys: sts?.sessions });
  const fault = context.faults.take(service, operation);
  const struck = fault === undefined ? undefined : faultError(service, fault);
  if (struck !== undefined) throw struck;
  if (path === undefined) {
    const answer = logsApi(context, operation, bytes.toString("utf8"));
    if (fault === "lost-reply") return undefined;
    return { status: 200, body: answer === undefined ? "" : JSON.stringify(answer) };
  }
  const invoke = { ...path, headers: request.headers, payload: bytes, payloadTooLarge: tooLarge };
  const event = readInvoke(invoke, context.functions, context);
  if (event !== undefined) context.onAccept(event, deliveries[fault ?? ""] ?? 1);
  return fault === "lost-reply" ? undefined : { status: event === undefined ? 204 : 202 };
}

const deliveries: Readonly<Record<string, 0 | 2>> = { drop: 0, duplicate: 2 };
