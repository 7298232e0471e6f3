import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import type { Faults } from "../faults.ts";
import { machineIsolation, type MachineIsolation } from "../machine/machine-isolation.ts";
import { authorize } from "./authorization.ts";
import { AwsError } from "./aws-error.ts";
import { faultError } from "./faults.ts";
import { listen, readBody, shut, writeReply, type Reply } from "./http.ts";
import { dispatcher, type Dispatcher } from "./lambda/dispatcher.ts";
import type { EnvironmentView, FakeAwsEvent, FunctionOptions } from "./lambda/function.ts";
import { invokePath, longestEvent, parseInvoke } from "./lambda/invoke.ts";
import { logsApi } from "./logs/logs-api.ts";
import { logStore, type LogStore } from "./logs/log-store.ts";

export type FakeAwsOptions = {
  /** 0, the default: a free one. */
  readonly port?: number;
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  readonly functions: Readonly<Record<string, FunctionOptions>>;
  readonly faults: Faults;
  /** Log streams and the folders of running environments go below it. */
  readonly dataDir: string;
  /** How old an event may become in Lambda's own queue. */
  readonly maxEventAgeMs?: number;
  readonly retryThrottledMs?: number;
  /** A frozen environment is ended when no event came for so long. */
  readonly idleEnvironmentMs?: number;
  /** Instead of what this computer allows. */
  readonly isolation?: MachineIsolation;
  readonly onEvent?: (event: FakeAwsEvent) => void;
};

/** A running stand-in for AWS Lambda and CloudWatch Logs. */
export type FakeAws = {
  /** For AWS_ENDPOINT_URL, or a client's `endpoint`. */
  readonly url: string;
  /** For people: how its environments are kept apart. */
  readonly isolation: string;
  /** How often each operation was called, `lambda.Invoke` for example, faults included. */
  calls(): Record<string, number>;
  /** Every environment that there ever was, in the order of their launch. */
  environments(): EnvironmentView[];
  /** Distinct machines: tenants that ever got an environment; without tenants, environments. */
  launches(): number;
  /** Environments that have not ended yet. */
  machinesLeft(): number;
  /** Path of the text file of a log stream, with everything that arrived so far. */
  logFile(group: string, stream: string): string;
  /** No event waits and no environment works. */
  idle(): boolean;
  /** Ends every environment with everything in it, then the server. */
  close(): Promise<void>;
};

/** What a request does, once it is clear what it asks for. */
type Carry = { readonly reply: Reply; readonly effect?: () => void };

type At = {
  readonly options: FakeAwsOptions;
  readonly store: LogStore;
  readonly lambda: Dispatcher;
  readonly calls: Map<string, number>;
};

/** Starts it on 127.0.0.1. Rejects when the port is taken. */
export async function startFakeAws(options: FakeAwsOptions): Promise<FakeAws> {
  const isolation = options.isolation ?? (await machineIsolation());
  const store = logStore(join(options.dataDir, "logs"));
  const lambda = dispatcher({
    region: options.region,
    account: options.account,
    functions: options.functions,
    isolation,
    store,
    folder: join(options.dataDir, "environments"),
    idleMs: options.idleEnvironmentMs ?? 300,
    maxEventAgeMs: options.maxEventAgeMs ?? 60_000,
    retryThrottledMs: options.retryThrottledMs ?? 500,
    onEvent: options.onEvent ?? (() => undefined),
  });
  const at: At = { options, store, lambda, calls: new Map() };
  const { server, address } = await listen((request, response) => {
    handle(at, request, response).catch(() => response.destroy());
  }, options.port ?? 0);
  return {
    url: `http://${address}`,
    isolation:
      isolation.kind === "namespaces"
        ? "Linux namespaces of their own"
        : `process groups (namespaces are not possible here: ${isolation.reason})`,
    calls: () => Object.fromEntries(at.calls),
    environments: () => lambda.environments(),
    launches: () => new Set(lambda.environments().map((one) => `${one.functionName} ${one.tenant ?? one.id}`)).size,
    machinesLeft: () => lambda.environments().filter((one) => one.state !== "ended").length,
    logFile: (group, stream) => store.file(group, stream),
    idle: () => lambda.idle(),
    async close() {
      await lambda.close();
      await shut(server);
      store.flush();
    },
  };
}

const longestBody = 8 * 1024 * 1024;
const logsTarget = /^Logs_20140328\.(\w+)$/;

async function handle(at: At, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const isInvoke = request.method === "POST" && invokePath.test(request.url ?? "");
  const body = await readBody(request, isInvoke ? longestEvent : longestBody);
  const headers = { "x-amzn-requestid": randomUUID() };
  try {
    const { reply, lost } = isInvoke ? invoke(at, request, body) : logs(at, request, body.bytes);
    if (lost) response.destroy();
    else writeReply(response, { ...reply, headers: { ...headers, ...reply.headers } });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    writeReply(response, {
      status: error.status,
      headers: {
        "content-type": isInvoke ? "application/json" : "application/x-amz-json-1.1",
        "x-amzn-errortype": error.code,
        ...headers,
        ...error.headers,
      },
      body: JSON.stringify({ __type: error.code, message: error.message, Message: error.message, ...error.fields }),
    });
  }
}

function invoke(at: At, request: IncomingMessage, body: { bytes: Buffer; tooLarge: boolean }): Answer {
  const { options, lambda } = at;
  return strike(at, "lambda", "Invoke", (kind) => {
    authorize(request, options.region, ["lambda"]);
    const { event, status } = parseInvoke(request, body, options.functions, options);
    if (event === undefined) return { reply: { status } };
    const copies = kind === "drop" ? 0 : kind === "duplicate" ? 2 : 1;
    return { reply: { status }, effect: () => lambda.accept(event, copies) };
  });
}

function logs(at: At, request: IncomingMessage, bytes: Buffer): Answer {
  const { options, store } = at;
  const target = [request.headers["x-amz-target"]].flat()[0] ?? "";
  const operation = logsTarget.exec(target)?.[1];
  if (request.method !== "POST" || operation === undefined) {
    const asked = target === "" ? `${request.method} ${request.url}` : target;
    throw new AwsError(404, "UnknownOperationException", `${asked} is not in the sandbox`);
  }
  return strike(at, "logs", operation, () => {
    authorize(request, options.region, ["logs"]);
    const result = logsApi({ store, region: options.region, account: options.account }, operation, bytes.toString());
    const body = result === undefined ? "" : JSON.stringify(result);
    return { reply: { status: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body } };
  });
}

type Answer = { readonly reply: Reply; readonly lost: boolean };

/** Counts a call and carries it out, unless a fault answers it first; after a `lost-reply` nobody hears of it. */
function strike(
  at: At,
  service: "lambda" | "logs",
  operation: string,
  carryOut: (fault: string | undefined) => Carry,
): Answer {
  const name = `${service}.${operation}`;
  at.calls.set(name, (at.calls.get(name) ?? 0) + 1);
  const kind = at.options.faults.take(service, operation);
  const error = kind === undefined ? undefined : faultError(service, kind);
  if (error !== undefined) throw error;
  const { reply, effect } = carryOut(kind);
  effect?.();
  return { reply, lost: kind === "lost-reply" };
}
