import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { DeployedOptions, Invoked } from "./deployed-function.ts";
import type { Invoke, Reply, ThreadData } from "./environment-protocol.ts";

export type FunctionEnvironment = {
  /** Resolves always, with an error when the environment ended before it answered. One at a time. */
  invoke(invoke: Invoke): Promise<Invoked>;
  /** It takes no further event. */
  isOver(): boolean;
  end(why: string): Promise<void>;
};

const program = join(import.meta.dirname, "environment-thread.ts");

/** Starts an environment; its first event waits until the bundle is loaded, which counts as the event's own time. */
export function environment({ name, bundle, env, memoryMb = 512, log }: DeployedOptions): FunctionEnvironment {
  const data: ThreadData = { bundle, functionName: name, memoryMb };
  // The thread's own way to run TypeScript is the bundle's affair no more.
  const thread = new Worker(program, { workerData: data, env: { ...env }, stdout: true, stderr: true });
  for (const stream of [thread.stdout, thread.stderr]) stream.on("data", (chunk: Buffer) => void log.write(chunk));
  const loaded = Promise.withResolvers<void>();
  let answer: ((invoked: Invoked) => void) | undefined;
  let over: string | undefined;

  const fail = (why: string): void => {
    over ??= why;
    loaded.resolve();
    answer?.({ error: over });
    answer = undefined;
  };
  thread.on("message", (reply: Reply) => {
    if ("ready" in reply) {
      if (reply.ready) loaded.resolve();
      else fail(reply.error);
      return;
    }
    answer?.("error" in reply ? { error: reply.error } : { result: reply.result });
    answer = undefined;
  });
  thread.on("error", (error) => fail(error.stack ?? error.message));
  thread.on("exit", () => fail("the environment has exited"));

  const end = async (why: string): Promise<void> => {
    fail(why);
    await thread.terminate();
  };
  return {
    async invoke(invoke) {
      const answered = new Promise<Invoked>((resolve) => (answer = resolve));
      const late = setTimeout(
        () => void end(`${invoke.requestId} Task timed out`),
        Math.max(0, invoke.deadlineMs - Date.now()),
      );
      await loaded.promise;
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      if (over === undefined) thread.postMessage(invoke);
      else answer?.({ error: over });
      const invoked = await answered;
      clearTimeout(late);
      // An error while loading leaves nothing that could serve.
      if (over !== undefined) await thread.terminate();
      return invoked;
    },
    isOver: () => over !== undefined,
    end,
  };
}
