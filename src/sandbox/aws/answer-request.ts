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
import type { SecretStore } from "./secrets-manager/secret-store.ts";
import { secretsManagerApi } from "./secrets-manager/secrets-manager-api.ts";
import type { ParameterStore } from "./ssm/parameter-store.ts";
import { ssmApi } from "./ssm/ssm-api.ts";
import { answerSts, isForSts, type StsApi } from "./sts/answer-sts.ts";

/** How often an event is delivered, or that it is given up. */
export type Deliveries = 0 | 1 | 2 | "expired";

export type RequestContext = LogsPlace & {
  readonly faults: Faults;
  readonly functions: ReadonlyMap<string, RunningFunction>;
  readonly secrets: SecretStore;
  readonly parameters: ParameterStore;
  readonly ec2: Ec2Api | undefined;
  readonly sts?: StsApi | undefined;
  /** An operation of a service was called, whatever came of it. */
  readonly onCall: (service: Call["service"], operation: string) => void;
  /** An Invoke was accepted; its reply has not been written yet. */
  readonly onAccept: (event: LambdaEvent, deliveries: Deliveries) => void;
};

const mostJsonBytes = 4 * 1024 * 1024;

type Call =
  | {
      readonly service: "lambda";
      readonly operation: string;
      readonly path: NonNullable<ReturnType<typeof invokePath>>;
    }
  | { readonly service: JsonService; readonly operation: string };

/** Services of the protocol JSON 1.1, by what their operations are called in the header `x-amz-target`. */
const jsonServices = { Logs_20140328: "logs", secretsmanager: "secretsmanager", AmazonSSM: "ssm" } as const;

type JsonService = (typeof jsonServices)[keyof typeof jsonServices];

const jsonApis: Readonly<Record<JsonService, (context: RequestContext, operation: string, body: string) => unknown>> = {
  logs: logsApi,
  secretsmanager: ({ secrets }, operation, body) => secretsManagerApi(secrets, operation, body),
  ssm: ({ parameters }, operation, body) => ssmApi(parameters, operation, body),
};

type Body = Awaited<ReturnType<typeof readBody>>;

/** Answers one request of an AWS SDK: recognises the operation, checks who asks, lets a fault strike, carries it out. */
export async function answerRequest(
  context: RequestContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const call = recognise(request);
  const mostBytes = call === undefined ? mostQueryBytes : call.service === "lambda" ? mostPayloadBytes : mostJsonBytes;
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
  const isJsonRpc = call !== undefined && call.service !== "lambda";
  const type = isJsonRpc ? "application/x-amz-json-1.1" : "application/json";
  const standard = { "content-type": type, "x-amzn-requestid": randomUUID() };
  try {
    const reply = carryOut(context, request, call, body);
    return reply && { ...reply, headers: standard };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { status, code, message, fields, headers } = error;
    const members = isJsonRpc ? { __type: code, ...(message && { message }) } : { Message: message, ...fields };
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
  const [, target = "", operation = ""] = /^(\w+)\.(\w+)$/.exec([headers["x-amz-target"]].flat()[0] ?? "") ?? [];
  if (!Object.hasOwn(jsonServices, target)) return undefined;
  return { service: jsonServices[target as keyof typeof jsonServices], operation };
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
  const { service, operation } = call;
  context.onCall(service, operation);
  const { region, sts } = context;
  authorize(request, { region, service, body: tooLarge ? undefined : bytes, keys: sts?.sessions });
  const fault = context.faults.take(service, operation);
  const struck = fault === undefined ? undefined : faultError(service, fault);
  if (struck !== undefined) throw struck;
  if (call.service !== "lambda") {
    const answer = jsonApis[call.service](context, operation, bytes.toString("utf8"));
    if (fault === "lost-reply") return undefined;
    return { status: 200, body: answer === undefined ? "" : JSON.stringify(answer) };
  }
  const invoke = { ...call.path, headers: request.headers, payload: bytes, payloadTooLarge: tooLarge };
  const event = readInvoke(invoke, context.functions, context);
  if (event !== undefined) context.onAccept(event, deliveries[fault ?? ""] ?? 1);
  return fault === "lost-reply" ? undefined : { status: event === undefined ? 204 : 202 };
}

const deliveries: Readonly<Record<string, Deliveries>> = { drop: 0, duplicate: 2, expire: "expired" };
