import { join } from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { SQSClient } from "@aws-sdk/client-sqs";
import { buildFunction } from "../../../../scripts/build/build-function.ts";
import { functions } from "../../../../scripts/build/functions.ts";
import type { Log } from "../../../core/ports.ts";
import { deployedFunction } from "../../../sandbox/aws/functions/deployed-function.ts";
import type { DeployedFunction } from "../../../sandbox/aws/functions/deployed-function.ts";
import { startHttpApi } from "../../../sandbox/aws/functions/http-api.ts";
import type { QueueAndTablePlace } from "../../../sandbox/aws/queue-and-table.ts";
import { startSqsEvents } from "../../../sandbox/aws/sqs-events.ts";
import { region } from "../sandbox-names.ts";
import { scheduleEveryMs } from "../sandbox-timings.ts";
import { webhookPath } from "../webhook-path.ts";

export type FunctionsOptions = {
  readonly port: number;
  /** Bundles are made here. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly place: QueueAndTablePlace;
  /** What the functions write. */
  readonly output: Writable;
  /** What is wrong around them. */
  readonly log: Log;
};

/** Seconds, and environments at most; a deployment's are in serverless.yml. */
const shapes = {
  webhook: { seconds: 10, most: 4 },
  worker: { seconds: 25, most: 4 },
  host: { seconds: 25, most: 6 },
  schedule: { seconds: 50, most: 1 },
} as const;

type Name = keyof typeof shapes;

export type RunningFunctions = { stop(): Promise<void> };

/** The built bundles as a deployment runs them: behind an HTTP API, fed by the work queue, woken by the clock. */
export async function startFunctions(options: FunctionsOptions): Promise<RunningFunctions> {
  const { port, folder, place, log } = options;
  await Promise.all(functions.map(async (one) => await buildFunction(one, folder)));
  const deploy = (name: Name): DeployedFunction => deployed(name, options);
  const [webhook, worker, host, schedule] = [deploy("webhook"), deploy("worker"), deploy("host"), deploy("schedule")];
  const all = [webhook, worker, host, schedule];
  const api = await startHttpApi(
    {
      [`POST ${webhookPath}`]: webhook,
      "POST /host/claim": host,
      "POST /host/job": host,
      "POST /host/event": host,
    },
    port,
  ).catch(async (error: unknown) => {
    await Promise.all(all.map((one) => one.close()));
    if ((error as { code?: string }).code !== "EADDRINUSE") throw error;
    throw new Error(`port ${port} of 127.0.0.1 is in use; choose another with --port`, { cause: error });
  });
  const credentials = { accessKeyId: "sandbox", secretAccessKey: "sandbox" };
  const client = new SQSClient({ region, endpoint: place.sqsUrl, credentials });
  const batches = startSqsEvents({
    client,
    queueUrl: place.queueUrl,
    queueArn: place.queueArn,
    maximumConcurrency: shapes.worker.most,
    handler: async (event) => await answered(worker, event),
    onError: (error) => log.error("a batch failed", { detail: String(error) }),
  });
  const clock = startClock(schedule, log);
  return {
    async stop() {
      await Promise.all([batches.stop(), clock.stop()]);
      await api.close();
      await Promise.all(all.map((one) => one.close()));
      client.destroy();
    },
  };
}

function deployed(name: Name, { folder, env, output }: FunctionsOptions): DeployedFunction {
  const { seconds, most } = shapes[name];
  return deployedFunction({
    name: `mayfly-sandbox-${name}`,
    bundle: join(folder, name, "index.mjs"),
    env,
    timeoutMs: seconds * 1000,
    mostEnvironments: most,
    log: output,
  });
}

async function answered(one: DeployedFunction, event: unknown): Promise<unknown> {
  const invoked = await one.invoke(event);
  if ("error" in invoked) throw new Error(invoked.error);
  return invoked.result;
}

/** EventBridge's rule: every so often, whatever the function says. */
function startClock(schedule: DeployedFunction, log: Log): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await pause(scheduleEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      await answered(schedule, { source: "aws.events" }).catch((error: unknown) => {
        log.error("the schedule failed", { detail: String(error) });
      });
    }
  };
  const running = loop();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
