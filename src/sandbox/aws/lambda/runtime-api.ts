import type { IncomingMessage, ServerResponse } from "node:http";
import { listen, readBody, shut, writeReply } from "../http.ts";

/** An event as it is handed to the function. */
export type HandedOut = {
  readonly requestId: string;
  readonly deadlineMs: number;
  readonly functionArn: string;
  readonly tenant: string | undefined;
  readonly body: string;
};

export type RuntimeApiHooks = {
  /** The function has asked for an event and waits. */
  onNext(): void;
  /** It has ended this event: with an answer, or with an error whose type is given. */
  onAnswer(requestId: string, error: { readonly type: string; readonly message: string } | undefined): void;
};

export type RuntimeApi = {
  /** AWS_LAMBDA_RUNTIME_API: host:port. */
  readonly address: string;
  waits(): boolean;
  /** Answers the request for an event that waits; throws when none does. */
  handOut(event: HandedOut): void;
  close(): Promise<void>;
};

const prefix = "/2018-06-01/runtime";
const longestAnswer = 6 * 1024 * 1024;

/** The Runtime API of one environment, on a port of its own, version 2018-06-01. */
export async function startRuntimeApi(hooks: RuntimeApiHooks): Promise<RuntimeApi> {
  let waiting: ServerResponse | undefined;
  let current: string | undefined;

  const next = (response: ServerResponse): void => {
    if (current !== undefined) return refuse(response, 403, "InvalidStateTransition");
    waiting = response;
    response.once("close", () => {
      if (waiting === response) waiting = undefined;
    });
    hooks.onNext();
  };

  const answer = async (request: IncomingMessage, response: ServerResponse, id: string, how: string): Promise<void> => {
    const { bytes, tooLarge } = await readBody(request, longestAnswer);
    if (id !== current) return refuse(response, 400, "InvalidRequestID");
    if (tooLarge) return refuse(response, 413, "RequestEntityTooLarge");
    current = undefined;
    writeReply(response, { status: 202, headers: { "content-type": "application/json" }, body: '{"status":"OK"}\n' });
    hooks.onAnswer(id, how === "error" ? errorOf(request, bytes) : undefined);
  };

  const { server, address } = await listen((request, response) => {
    const path = request.url ?? "";
    const answered = /^\/2018-06-01\/runtime\/invocation\/([\w-]+)\/(response|error)$/.exec(path);
    if (request.method === "GET" && path === `${prefix}/invocation/next`) next(response);
    else if (request.method === "POST" && answered !== null) {
      const [, id = "", how = ""] = answered;
      answer(request, response, id, how).catch(() => response.destroy());
    } else refuse(response, 404, "NotFound");
  }, 0);

  return {
    address,
    waits: () => waiting !== undefined,
    handOut(event) {
      if (waiting === undefined) throw new Error("the function has not asked for an event");
      const response = waiting;
      waiting = undefined;
      current = event.requestId;
      writeReply(response, {
        status: 200,
        headers: {
          "content-type": "application/json",
          "Lambda-Runtime-Aws-Request-Id": event.requestId,
          "Lambda-Runtime-Deadline-Ms": String(event.deadlineMs),
          "Lambda-Runtime-Invoked-Function-Arn": event.functionArn,
          ...(event.tenant === undefined ? {} : { "Lambda-Runtime-Aws-Tenant-Id": event.tenant }),
        },
        body: event.body,
      });
    },
    close: () => shut(server),
  };
}

function refuse(response: ServerResponse, status: number, errorType: string): void {
  const body = JSON.stringify({ errorMessage: errorType, errorType });
  writeReply(response, { status, headers: { "content-type": "application/json" }, body });
}

function errorOf(request: IncomingMessage, bytes: Buffer): { type: string; message: string } {
  const header = request.headers["lambda-runtime-function-error-type"];
  const type = typeof header === "string" ? header : "Unknown";
  const text = bytes.toString("utf8");
  try {
    const { errorType, errorMessage } = JSON.parse(text) as { errorType?: string; errorMessage?: string };
    return { type: errorType ?? type, message: errorMessage ?? "" };
  } catch {
    return { type, message: text.slice(0, 200) };
  }
}
