import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { launchEnvironment, type Environment, type EnvironmentOptions } from "./environment.ts";
import type { EnvironmentView, FakeAwsEvent, FunctionOptions, LambdaEvent } from "./function.ts";

export type DispatcherOptions = Pick<EnvironmentOptions, "region" | "account" | "isolation" | "store" | "idleMs"> & {
  readonly functions: Readonly<Record<string, FunctionOptions>>;
  /** Each environment gets a folder below it. */
  readonly folder: string;
  readonly maxEventAgeMs: number;
  /** An event for which there is no room is tried again so often. */
  readonly retryThrottledMs: number;
  readonly onEvent: (event: FakeAwsEvent) => void;
};

/** Lambda's own queue of asynchronous events, and the environments that it hands them to. */
export type Dispatcher = {
  /** Delivers the event, or each copy of it to an environment of its own, now or when there is room. */
  accept(event: LambdaEvent, copies: number): void;
  environments(): EnvironmentView[];
  /** No event waits and no environment works. */
  idle(): boolean;
  close(): Promise<void>;
};

export function dispatcher(options: DispatcherOptions): Dispatcher {
  const environments: Environment[] = [];
  let waiting: LambdaEvent[] = [];
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  const say = (type: FakeAwsEvent["type"], { functionName, tenant, requestId }: LambdaEvent, reason?: string): void =>
    options.onEvent({ type, functionName, tenant, requestId, reason });

  const deliver = (event: LambdaEvent, fresh: boolean): boolean => {
    const settings = options.functions[event.functionName];
    if (settings === undefined) return true;
    const mine = environments.filter((one) => one.view().functionName === event.functionName);
    const frozen = mine.find((one) => one.view().state === "frozen" && one.view().tenant === event.tenant);
    const working = mine.filter((one) => ["starting", "busy"].includes(one.view().state)).length;
    if (working >= (settings.reservedConcurrency ?? Number.POSITIVE_INFINITY)) return false;
    if (frozen !== undefined && !fresh) {
      frozen.take(event);
      return true;
    }
    const id = randomUUID();
    const { functionName, tenant } = event;
    const folder = join(options.folder, id);
    const environment = { ...options, id, functionName, tenant, settings, folder, onFree: () => work() };
    environments.push(launchEnvironment(environment, event));
    return true;
  };

  const work = (): void => {
    clearTimeout(retry);
    if (closed) return;
    const now = Date.now();
    waiting = waiting.filter((event) => {
      if (now - event.acceptedAtMs <= options.maxEventAgeMs) return !deliver(event, false);
      say("dropped", event, "the event became too old");
      return false;
    });
    if (waiting.length > 0) retry = setTimeout(work, options.retryThrottledMs);
  };

  return {
    accept(event, copies) {
      say("accepted", event);
      for (let copy = 0; copy < copies; copy += 1) {
        if (deliver(event, copy > 0)) continue;
        say("throttled", event);
        waiting.push(event);
      }
      if (waiting.length > 0) work();
    },
    environments: () => environments.map((one) => one.view()),
    idle() {
      const working = environments.some((one) => ["starting", "busy"].includes(one.view().state));
      return waiting.length === 0 && !working;
    },
    async close() {
      closed = true;
      clearTimeout(retry);
      await Promise.all(environments.map((one) => one.close()));
    },
  };
}
