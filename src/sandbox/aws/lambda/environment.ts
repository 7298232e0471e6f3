import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "../../../../runner-image/supervisor/remove-tree.ts";
import type { MachineIsolation } from "../../machine/machine-isolation.ts";
import { startMachine, type Machine } from "../../machine/machine.ts";
import type { LogStore } from "../logs/log-store.ts";
import { environmentVariables } from "./environment-variables.ts";
import type { EnvironmentState, EnvironmentView, FakeAwsEvent, FunctionOptions, LambdaEvent } from "./function.ts";
import { beginInvocation, type Invocation } from "./invocation.ts";
import { startRuntimeApi, type RuntimeApi } from "./runtime-api.ts";
import { streamOutput, type StreamOutput } from "./stream-output.ts";
import { visiblePaths } from "./visible-paths.ts";

export type EnvironmentOptions = {
  readonly id: string;
  readonly functionName: string;
  readonly tenant: string | undefined;
  readonly settings: FunctionOptions;
  readonly region: string;
  readonly account: string;
  readonly isolation: MachineIsolation;
  readonly store: LogStore;
  /** A folder of its own; gone when the environment has ended. */
  readonly folder: string;
  /** A frozen environment that gets no event for so long is ended. */
  readonly idleMs: number;
  readonly onEvent: (event: FakeAwsEvent) => void;
  /** Its state has changed: events that wait may go on. */
  readonly onChange: () => void;
};

/** One execution environment of a function: a machine with its Runtime API, its log stream and its clock. */
export type Environment = {
  view(): EnvironmentView;
  /** Takes an event; only while frozen. */
  take(event: LambdaEvent): void;
  /** Ends everything in it; resolves when nothing of it is left. */
  close(): Promise<void>;
};

type At = {
  readonly options: EnvironmentOptions;
  readonly output: StreamOutput;
  readonly launchedAtMs: number;
  state: EnvironmentState;
  /** Ends it once: resolves when nothing is left. */
  close: () => Promise<void>;
  closing: boolean;
  pending: LambdaEvent | undefined;
  running: Invocation | undefined;
  idle: NodeJS.Timeout | undefined;
  /** Runs while an event waits for the function to ask for it. */
  patience: NodeJS.Timeout | undefined;
  machine: Machine | undefined;
  api: RuntimeApi | undefined;
};

/** Starts an environment for its first event. */
export function launchEnvironment(options: EnvironmentOptions, first: LambdaEvent): Environment {
  const { id, functionName, tenant } = options;
  const at: At = {
    options,
    output: streamOutput(options.store, functionName),
    launchedAtMs: Date.now(),
    state: "starting",
    close: async () => undefined,
    closing: false,
    pending: first,
    running: undefined,
    idle: undefined,
    patience: undefined,
    machine: undefined,
    api: undefined,
  };
  awaitNext(at);
  const ended = live(at);
  at.close = async () => {
    at.closing = true;
    if (at.state !== "ended") at.state = "ending";
    clearTimeout(at.idle);
    await at.machine?.kill();
    await ended;
  };
  return {
    view() {
      const { state, launchedAtMs, output } = at;
      return { id, functionName, tenant, state, launchedAtMs, logGroup: output.group, logStream: output.stream };
    },
    take(event) {
      clearTimeout(at.idle);
      at.pending = event;
      at.state = "busy";
      awaitNext(at);
      at.machine?.thaw();
      handOut(at);
    },
    close: () => at.close(),
  };
}

/** From the start of the machine to its end; never rejects. */
async function live(at: At): Promise<void> {
  let reason: string;
  try {
    await start(at);
    if (at.closing) await at.machine?.kill();
    const exit = await at.machine?.exited;
    const how = exit?.signal ? `signal: ${exit.signal}` : `exit status ${exit?.code ?? "unknown"}`;
    reason = `Runtime exited with error: ${how}`;
  } catch (error) {
    reason = `The environment could not be started: ${String(error)}`;
  }
  await finish(at, reason);
}

async function start(at: At): Promise<void> {
  const { options, output } = at;
  const { functionName, settings, region, isolation } = options;
  const tmpDir = join(options.folder, "tmp");
  await mkdir(tmpDir, { recursive: true });
  at.api = await startRuntimeApi({
    onNext: () => (at.pending === undefined ? rest(at) : handOut(at)),
    onAnswer: (_requestId, error) => answered(at, error),
  });
  if (at.closing) return;
  const variables = environmentVariables({
    functionName,
    settings,
    region,
    runtimeApi: at.api.address,
    logGroup: output.group,
    logStream: output.stream,
  });
  // only inside a pid namespace may the supervisor take every process that it sees for its own
  const place =
    isolation.kind === "namespaces"
      ? { MAYFLY_PROCESS_SCOPE: "machine" }
      : { MAYFLY_PROCESS_SCOPE: "marked", MAYFLY_TMP_DIR: tmpDir, TMPDIR: tmpDir };
  at.machine = await startMachine({
    command: settings.command.file,
    args: settings.command.args,
    env: { ...variables, ...place },
    tmpDir,
    readOnly: visiblePaths(settings),
    output: (chunk) => output.write(chunk),
    isolation,
  });
  say(at, "environment-started");
}

/** Lambda gives a function so long to start; only then does its own clock run. */
const startWithinMs = 10_000;

/** A function that never asks for its event does not keep its environment for ever. */
function awaitNext(at: At): void {
  const timeoutMs = Math.max(startWithinMs, at.options.settings.timeoutMs);
  at.patience = setTimeout(() => {
    at.output.line(`${at.pending?.requestId ?? ""} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`);
    if (at.pending !== undefined) say(at, "invocation-timed-out", at.pending);
    at.pending = undefined;
    void at.close();
  }, timeoutMs);
}

function handOut(at: At): void {
  const { pending: event, api, closing, options } = at;
  if (event === undefined || api?.waits() !== true || closing) return;
  at.pending = undefined;
  clearTimeout(at.patience);
  at.state = "busy";
  at.running = beginInvocation(event, at.output, options.settings, (late) => {
    late.conclude("timeout");
    at.running = undefined;
    say(at, "invocation-timed-out", late.event);
    void at.close();
  });
  say(at, "invocation-started", event);
  api.handOut({
    requestId: event.requestId,
    deadlineMs: at.running.deadlineMs,
    functionArn: `arn:aws:lambda:${options.region}:${options.account}:function:${options.functionName}`,
    tenant: event.tenant,
    body: event.body,
  });
  options.onChange();
}

function answered(at: At, error: { readonly type: string; readonly message: string } | undefined): void {
  const { running } = at;
  if (running === undefined) return;
  at.running = undefined;
  if (error === undefined) {
    running.conclude("success");
    return say(at, "invocation-answered", running.event);
  }
  at.output.line(`${running.event.requestId} ${error.type}: ${error.message}`);
  running.conclude("error");
  say(at, "invocation-failed", running.event, `${error.type}: ${error.message}`);
}

/** Freezes it until its next event, as Lambda does when the function asks for one and there is none. */
function rest(at: At): void {
  if (at.closing) return;
  at.state = "frozen";
  at.idle = setTimeout(() => void at.close(), at.options.idleMs);
  void at.machine?.freeze();
  at.options.onChange();
}

async function finish(at: At, reason: string): Promise<void> {
  const byItself = !at.closing;
  at.closing = true;
  at.state = "ending";
  clearTimeout(at.idle);
  clearTimeout(at.patience);
  at.output.end();
  const event = at.running?.event ?? at.pending;
  if (event !== undefined) {
    at.output.line(`RequestId: ${event.requestId} Error: ${reason}\nRuntime.ExitError`);
    at.running?.conclude("error");
    say(at, "invocation-failed", event, reason);
  }
  at.running = undefined;
  at.pending = undefined;
  await at.api?.close();
  await removeTree(at.options.folder);
  at.state = "ended";
  say(at, "environment-ended", undefined, byItself ? reason : undefined);
  at.options.onChange();
}

function say(at: At, type: FakeAwsEvent["type"], event?: LambdaEvent, reason?: string): void {
  const { functionName, tenant } = at.options;
  at.options.onEvent({ type, functionName, tenant, requestId: event?.requestId, payload: event?.body, reason });
}
