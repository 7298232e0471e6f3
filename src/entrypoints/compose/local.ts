import { randomBytes } from "node:crypto";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { systemClock, systemRandom } from "../../adapters/clock.ts";
import { lambdaProvider } from "../../adapters/compute/lambda.ts";
import { githubApp } from "../../adapters/github/github-app.ts";
import { memoryQueue } from "../../adapters/queue/memory.ts";
import type { WorkQueue } from "../../adapters/queue/work-queue.ts";
import { hmacSigner } from "../../adapters/signer.ts";
import { memoryStore } from "../../adapters/store/memory.ts";
import { workflowReader } from "../../adapters/workflow-file/workflow-reader.ts";
import { createApp } from "../../core/app.ts";
import type { App } from "../../core/app.ts";
import type { Log, Store } from "../../core/ports.ts";
import type { Settings } from "../../core/settings.ts";

export type LocalOutside = {
  readonly log: Log;
  readonly settings: Settings;
  readonly github: { readonly appId: number; readonly privateKey: string; readonly baseUrl: string };
  readonly lambda: {
    readonly endpoint: string;
    readonly functionName: string;
    readonly claimWithinSeconds: number;
    readonly lifetimeSeconds: number;
  };
  readonly visibilitySeconds: number;
};

export type Mayfly = { readonly app: App; readonly store: Store; readonly queue: WorkQueue };

/** Mayfly in one process: memory for store and queue, the real clients in front of GitHub and AWS. */
export function composeLocal({ log, settings, github, lambda, visibilitySeconds }: LocalOutside): Mayfly {
  const clock = systemClock;
  const store = memoryStore(clock);
  const queue = memoryQueue(clock, { visibilitySeconds });
  // One attempt: what a failed call means is decided in one place only, and that is the core.
  const client = new LambdaClient({
    region: settings.region,
    endpoint: lambda.endpoint,
    maxAttempts: 1,
    // A call that hangs must not hold its worker: it counts as one whose reply was lost.
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    credentials: { accessKeyId: "sandbox", secretAccessKey: "sandbox" },
  });
  const { functionName, claimWithinSeconds, lifetimeSeconds } = lambda;
  const app = createApp(
    {
      clock,
      random: systemRandom,
      signer: hmacSigner(randomBytes(32)),
      log,
      store,
      queue,
      github: githubApp({ ...github, log, clock }),
      compute: { lambda: lambdaProvider({ client, functionName, claimWithinSeconds, lifetimeSeconds }) },
      workflows: workflowReader(),
    },
    settings,
  );
  return { app, store, queue };
}
