import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { MachineIsolation } from "../../machine/machine-isolation.ts";
import type { LogStore } from "../logs/log-store.ts";
import { launchEnvironment, type Environment } from "./environment.ts";
import type { EnvironmentState, EnvironmentView, FakeAwsEvent, FunctionOptions, LambdaEvent } from "./function.ts";

export type RunningFunctionOptions = {
  readonly name: string;
  readonly settings: FunctionOptions;
  readonly region: string;
  readonly account: string;
  readonly store: LogStore;
  /** The environments' own folders are made in here. */
  readonly folder: string;
  readonly isolation: MachineIsolation;
  readonly maxEventAgeMs: number;
  readonly idleEnvironmentMs: number;
  readonly onEvent: (event: FakeAwsEvent) => void;
};

export type RunningFunction = {
  readonly settings: FunctionOptions;
  /** Takes an event into the function's own queue; it is delivered as soon as an environment may serve it. */
  accept(event: LambdaEvent): void;
  /** Every environment that there ever was. */
  environments(): EnvironmentView[];
  /** Events that wait for an environment. */
  waiting(): number;
  close(): Promise<void>;
};

type Waiting = { readonly event: LambdaEvent; readonly age: NodeJS.Timeout };

// a cloud starts any number at once; here they share a few processors and all end sooner one after the other
const mostStarting = Math.max(4, 2 * availableParallelism());

/**
 * The asynchronous side of one Lambda function. An event goes to a frozen environment of its tenant, else to a new
 * one; where concurrency is reserved it waits, and is dropped when it grows too old. No failed event is tried again
 * (MaximumRetryAttempts 0), as Mayfly configures its function.
 */
export function runFunction(options: RunningFunctionOptions): RunningFunction {
  const { name, settings, maxEventAgeMs } = options;
  const environments: Environment[] = [];
  const queue: Waiting[] = [];
  let closed = false;
  let scheduled: NodeJS.Immediate | undefined;

  const dropped = (event: LambdaEvent, reason: string): void =>
    options.onEvent({ type: "dropped", functionName: name, tenant: event.tenant, requestId: event.requestId, reason });

  const inState = (...states: readonly EnvironmentState[]): Environment[] =>
    environments.filter((environment) => states.includes(environment.view().state));

  /** Gives the event to an environment; false when none may take it now. */
  const place = (event: LambdaEvent): boolean => {
    const working = inState("starting", "busy").length;
    if (working >= (settings.reservedConcurrency ?? Number.POSITIVE_INFINITY)) return false;
    const frozen = inState("frozen").find((environment) => environment.view().tenant === event.tenant);
    if (frozen !== undefined) {
      frozen.take(event);
      return true;
    }
    if (inState("starting").length >= mostStarting) return false;
    const id = randomUUID();
    environments.push(
      launchEnvironment(
        {
          id,
          functionName: name,
          tenant: event.tenant,
          settings,
          region: options.region,
          account: options.account,
          store: options.store,
          folder: join(options.folder, id),
          isolation: options.isolation,
          idleMs: options.idleEnvironmentMs,
          onEvent: options.onEvent,
          onChange: look,
        },
        event,
      ),
    );
    return true;
  };

  const deliver = (): void => {
    scheduled = undefined;
    for (const waiting of [...queue]) {
      if (!place(waiting.event)) continue;
      clearTimeout(waiting.age);
      queue.splice(queue.indexOf(waiting), 1);
    }
  };
  // never inside an environment's own change, and many changes at once are one look
  const look = (): void => {
    if (!closed && queue.length > 0) scheduled ??= setImmediate(deliver);
  };

  const expire = (event: LambdaEvent): void => {
    const index = queue.findIndex((waiting) => waiting.event === event);
    if (index === -1) return;
    queue.splice(index, 1);
    dropped(event, `older than ${maxEventAgeMs} ms`);
  };

  return {
    settings,
    accept(event) {
      if (closed) return;
      if (settings.reservedConcurrency === 0) {
        dropped(event, "the function's reserved concurrency is 0");
        return;
      }
      queue.push({ event, age: setTimeout(() => expire(event), maxEventAgeMs) });
      look();
    },
    environments: () => environments.map((environment) => environment.view()),
    waiting: () => queue.length,
    async close() {
      closed = true;
      clearImmediate(scheduled);
      for (const waiting of queue.splice(0)) clearTimeout(waiting.age);
      await Promise.all(environments.map((environment) => environment.close()));
    },
  };
}
