import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Faults } from "../faults.ts";
import { authorize } from "./authorization.ts";
import { AwsError } from "./aws-error.ts";
import { faultError } from "./faults.ts";
import { readBody, writeReply } from "./http.ts";
import type { LambdaEvent } from "./lambda/function.ts";
import { invokePath, mostPayloadBytes, readInvoke } from "./lambda/invoke.ts";
import type { RunningFunction } from "./lambda/run-function.ts";
import type { LogsPlace } from "./logs/describe.ts";
import { logsApi } from "./logs/logs-api.ts";

export type RequestContext = LogsPlace & {
  readonly faults: Faults;
  readonly functions: ReadonlyMap<string, RunningFunction>;
  /** An operation of a service was called, whatever came of it. */
  readonly onCall: (service: "lambda" | "logs", operation: string) => void;
  /** An Invoke was accepted; its reply has not been written yet. */
  readonly onAccept: (event: LambdaEvent, deliveries: 0 | 1 | 2) => void;
};

const mostLogsBytes = 4 * 1024 * 1024;

/** Answers one request of an AWS SDK: recognises the operation, checks who asks, lets a fault strike, carries it out. */
export async function answerRequest(
  context: RequestContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.method === "POST" ? invokePath(request.url ?? "") : undefined;
  const target = /^Logs_20140328\.(\w+)$/.exec([request.headers["x-amz-target"]].flat()[0] ?? "");
  const isLogs = request.method === "POST" && path === undefined && target !== null;
  const operation = isLogs ? (target[1] ?? "") : path === undefined ? undefined : "Invoke";
  const { bytes, tooLarge } = await readBody(request, isLogs ? mostLogsBytes : mostPayloadBytes);
  const type = isLogs ? "application/x-amz-json-1.1" : "application/json";
  try {
    if (operation === undefined) {
      throw new AwsError(404, "UnknownOperationException", `${request.method} ${request.url} is not in the sandbox`);
    }
    const service = isLogs ? "logs" : "lambda";
    context.onCall(service, operation);
    authorize(request, context.region, [service]);
    const fault = context.faults.take(service, operation);
    const struck = fault === undefined ? undefined : faultError(service, fault);
    if (struck !== undefined) throw struck;
    let status = 200;
    let body: unknown;
    if (path === undefined) body = logsApi(context, operation, bytes.toString("utf8"));
    else {
      const invoke = { ...path, headers: request.headers, payload: bytes, payloadTooLarge: tooLarge };
      const event = readInvoke(invoke, context.functions, context);
      status = event === undefined ? 204 : 202;
      if (event !== undefined) context.onAccept(event, fault === "drop" ? 0 : fault === "duplicate" ? 2 : 1);
    }
    if (fault === "lost-reply") {
      response.destroy();
      return;
    }
    const headers = { "content-type": type, "x-amzn-requestid": randomUUID() };
    writeReply(response, { status, headers, body: body === undefined ? "" : JSON.stringify(body) });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { status, code, message, fields, headers } = error;
    const body = JSON.stringify(isLogs ? { __type: code, message } : { Message: message, message, ...fields });
    const named = { "content-type": type, "x-amzn-errortype": code, "x-amzn-requestid": randomUUID() };
    writeReply(response, { status, headers: { ...named, ...headers }, body });
  }
}
