import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import type { Invoke, Reply, ThreadData } from "./environment-protocol.ts";

type Handler = (event: unknown, context: unknown) => unknown;

/** What an execution environment of a zip function does with a bundle: loads it once, hands it one event at a time. */
const { bundle, functionName, memoryMb } = workerData as ThreadData;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
const say = (reply: Reply): void => parentPort?.postMessage(reply);
const told = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

async function load(): Promise<Handler> {
  const { handler } = (await import(pathToFileURL(bundle).href)) as { readonly handler?: unknown };
  if (typeof handler !== "function") throw new Error(`${bundle} exports no handler`);
  return handler as Handler;
}

function contextOf({ requestId, deadlineMs }: Invoke): Record<string, unknown> {
  return {
    awsRequestId: requestId,
    functionName,
    functionVersion: "$LATEST",
    memoryLimitInMB: String(memoryMb),
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

try {
  const handler = await load();
  parentPort?.on("message", (invoke: Invoke) => {
    const run = async (): Promise<Reply> => {
      try {
        const result = await handler(invoke.event, contextOf(invoke));
        // As Lambda does: what is answered is JSON.
        return { requestId: invoke.requestId, result: JSON.parse(JSON.stringify(result ?? null)) as unknown };
      } catch (error) {
        return { requestId: invoke.requestId, error: told(error) };
      }
    };
    void run().then(say);
  });
  say({ ready: true });
} catch (error) {
  say({ ready: false, error: told(error) });
}
