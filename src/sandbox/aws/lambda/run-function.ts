import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { MachineIsolation } from "../../machine/machine-isolation.ts";
import type { LogStore } from "../logs/log-store.ts";
import { launchEnvironment, type Environment, type EnvironmentOptions } from "./environment.ts";
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
  /** Takes an event into the function's own queue; it is delivered as soon as an environment may serve it; each copy by a new one. */
  accept(event: LambdaEvent, copies?: number): void;
  /** Every environment that there ever was. */
  environments(): EnvironmentView[];
  /** Events that wait for an environment. */
  waiting(): number;
  close(): Promise<void>;
};

type Waiting = { readonly event: LambdaEvent; readonly copy: boolean; readonly age: NodeJS.Timeout };

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
  let queue: Waiting[] = [];
  let closed = false;
  let scheduled: NodeJS.Immediate | undefined;

  const dropped = (event: LambdaEvent, reason: string): void =>
    options.onEvent({
      type: "dropped",
      functionName: name,
      tenant: event.tenant,
      requestId: event.requestId,
      payload: event.body,
      reason,
    });

  const deliver = (): void => {
    scheduled = undefined;
    queue = queue.filter(({ event, copy, age }) => {
      const environment = place(environments, settings, event.tenant, copy);
      if (environment === undefined) return true;
      clearTimeout(age);
      if (environment === "new") environments.push(launchEnvironment(launchOptions(options, event, look), event));
      else environment.take(event);
      return false;
    });
  };
  // never inside an environment's own change, and many changes at once are one look
  const look = (): void => {
    if (!closed && queue.length > 0) scheduled ??= setImmediate(deliver);
  };

  const enqueue = (event: LambdaEvent, copy: boolean): void => {
    const age = setTimeout(() => {
      queue = queue.filter((waiting) => waiting.age !== age);
      dropped(event, `older than ${maxEventAgeMs} ms`);
    }, maxEventAgeMs);
    queue.push({ event, copy, age });
  };

  return {
    settings,
    accept(event, copies = 1) {
      if (closed) return;
      if (settings.reservedConcurrency === 0) {
        dropped(event, "the function's reserved concurrency is 0");
        return;
      }
      for (let copy = 0; copy < copies; copy += 1) enqueue(event, copy > 0);
      look();
    },
    environments: () => environments.map((environment) => environment.view()),
    waiting: () => queue.length,
    async close() {
      closed = true;
      clearImmediate(scheduled);
      for (const waiting of queue) clearTimeout(waiting.age);
      queue = [];
      await Promise.all(environments.map((environment) => environment.close()));
    },
  };
}

/** Where an event of this tenant may go now: to a frozen environment, to a new one, or nowhere yet. */
function place(
  environments: readonly Environment[],
  settings: FunctionOptions,
  tenant: string | undefined,
  copy: boolean,
): Environment | "new" | undefined {
  const inState = (...states: readonly EnvironmentState[]): Environment[] =>
    environments.filter((environment) => states.includes(environment.view().state));
  const starting = inState("starting").length;
  const working = starting + inState("busy").length;
  if (working >= (settings.reservedConcurrency ?? Number.POSITIVE_INFINITY)) return undefined;
  const frozen = copy ? undefined : inState("frozen").find((environment) => environment.view().tenant === tenant);
  if (frozen !== undefined) return frozen;
  return starting < mostStarting ? "new" : undefined;
}

function launchOptions(options: RunningFunctionOptions, event: LambdaEvent, onChange: () => void): EnvironmentOptions {
  const { name, settings, region, account, store, isolation, onEvent } = options;
  const id = randomUUID();
  return {
    id,
    functionName: name,
    tenant: event.tenant,
    settings,
    region,
    account,
    store,
    isolation,
    folder: join(options.folder, id),
    idleMs: options.idleEnvironmentMs,
    onEvent,
    onChange,
  };
}
