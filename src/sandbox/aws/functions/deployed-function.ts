import { randomUUID } from "node:crypto";
import type { Writable } from "node:stream";
import { environment, type FunctionEnvironment } from "./function-environment.ts";

export type DeployedOptions = {
  readonly name: string;
  /** Absolute path of its bundle, an ES module that exports `handler`. */
  readonly bundle: string;
  /** Its environment variables, and nothing else. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb?: number;
  /** Environments that there are at most; further events wait for one. */
  readonly mostEnvironments: number;
  /** Where its log goes. */
  readonly log: Writable;
};

/** What came of an invocation: what the handler gave, or why it gave nothing. */
export type Invoked = { readonly result: unknown } | { readonly error: string };

export type DeployedFunction = {
  invoke(event: unknown): Promise<Invoked>;
  /** Environments that there are now. */
  environments(): number;
  /** Ends every environment at once, whatever it works on. */
  close(): Promise<void>;
};

type Waiting = { readonly event: unknown; readonly resolve: (invoked: Invoked) => void };

/**
 * A zip function of Lambda with a bundle that was built: each environment is a thread of its own with its own variables,
 * loads the bundle once (an error then is one of the function), serves one event at a time and is reused. One that takes
 * longer than the function's time limit is ended, its event is an error, and the next event gets a new environment.
 */
export function deployedFunction(options: DeployedOptions): DeployedFunction {
  const all = new Set<FunctionEnvironment>();
  const idle: FunctionEnvironment[] = [];
  const waiting: Waiting[] = [];
  let closed = false;

  const serve = async (one: FunctionEnvironment, { event, resolve }: Waiting): Promise<void> => {
    const invoked = await one.invoke({ requestId: randomUUID(), event, deadlineMs: Date.now() + options.timeoutMs });
    if (one.isOver()) all.delete(one);
    else idle.push(one);
    resolve(invoked);
    next();
  };
  const next = (): void => {
    while (waiting.length > 0) {
      const one = idle.pop() ?? (all.size < options.mostEnvironments ? environment(options) : undefined);
      if (one === undefined) return;
      all.add(one);
      const first = waiting.shift();
      if (first !== undefined) void serve(one, first);
    }
  };
  return {
    async invoke(event) {
      if (closed) return { error: `the function ${options.name} has been removed` };
      return await new Promise((resolve) => {
        waiting.push({ event, resolve });
        next();
      });
    },
    environments: () => all.size,
    async close() {
      closed = true;
      for (const { resolve } of waiting.splice(0)) resolve({ error: `the function ${options.name} has been removed` });
      await Promise.all([...all].map(async (one) => await one.end("the function has been removed")));
    },
  };
}
