import { EC2Client } from "@aws-sdk/client-ec2";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { STSClient } from "@aws-sdk/client-sts";
import { systemClock, systemRandom } from "../../adapters/clock.ts";
import { ec2Provider } from "../../adapters/compute/ec2/ec2.ts";
import type { Ec2Options } from "../../adapters/compute/ec2/ec2-options.ts";
import { lambdaProvider } from "../../adapters/compute/lambda.ts";
import type { LambdaOptions } from "../../adapters/compute/lambda/lambda-options.ts";
import { oncePerRegion } from "../../adapters/compute/once-per-region.ts";
import { githubApp } from "../../adapters/github/github-app.ts";
import { sqliteQueue } from "../../adapters/queue/sqlite.ts";
import type { WorkQueue } from "../../adapters/queue/work-queue.ts";
import { stsRoles } from "../../adapters/roles/sts-roles.ts";
import { hmacSigner } from "../../adapters/signer.ts";
import { openDatabase } from "../../adapters/store/sqlite/database.ts";
import { sqliteStore } from "../../adapters/store/sqlite.ts";
import { workflowReader } from "../../adapters/workflow-file/workflow-reader.ts";
import { yamlReader } from "../../adapters/yaml/yaml-reader.ts";
import { createApp } from "../../core/app.ts";
import type { App } from "../../core/app.ts";
import type { Log, PolicySource, Store } from "../../core/ports.ts";
import { noMetrics } from "../../core/metrics.ts";
import type { Settings } from "../../core/settings.ts";

export type LocalOutside = {
  readonly log: Log;
  readonly settings: Settings;
  readonly policy: PolicySource;
  readonly github: { readonly appId: number; readonly privateKey: string; readonly baseUrl: string };
  readonly aws: {
    readonly endpoint: string;
    readonly lambda: Omit<LambdaOptions, "clients" | "region">;
    readonly ec2: Omit<Ec2Options, "clients" | "region">;
  };
  /** SQLite file of store and queue; it is made when it is not there. */
  readonly databaseFile: string;
  /** Proves to the host channel which runner a machine is: the same as long as a machine of it may live. */
  readonly hostKey: Buffer;
  readonly visibilitySeconds: number;
};

export type Mayfly = {
  readonly app: App;
  readonly store: Store;
  readonly queue: WorkQueue;
  /** Closes the database; nothing of Mayfly may be used after that. */
  close(): void;
};

/** Mayfly in one process: one file for store and queue, the real clients in front of GitHub and AWS. */
export function composeLocal(outside: LocalOutside): Mayfly {
  const { log, settings, github, aws, databaseFile, hostKey, visibilitySeconds } = outside;
  const { region } = settings;
  const clock = systemClock;
  const database = openDatabase(databaseFile);
  const store = sqliteStore(database, clock);
  const queue = sqliteQueue(database, clock, { visibilitySeconds });
  const reach = {
    region,
    endpoint: aws.endpoint,
    // One attempt: what a failed call means is decided in one place only, and that is the core.
    maxAttempts: 1,
    // A call that hangs must not hold its worker: it counts as one whose reply was lost.
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    credentials: { accessKeyId: "sandbox", secretAccessKey: "sandbox" },
  };
  const app = createApp(
    {
      clock,
      random: systemRandom,
      signer: hmacSigner(hostKey),
      log,
      metrics: noMetrics,
      store,
      queue,
      github: githubApp({ ...github, log, clock }),
      compute: {
        lambda: lambdaProvider({
          ...aws.lambda,
          region,
          clients: oncePerRegion((name) => new LambdaClient({ ...reach, region: name })),
        }),
        ec2: ec2Provider({
          ...aws.ec2,
          region,
          clients: oncePerRegion((name) => new EC2Client({ ...reach, region: name })),
        }),
      },
      workflows: workflowReader(),
      yaml: yamlReader(),
      policy: outside.policy,
      roles: stsRoles({ client: new STSClient(reach) }),
    },
    settings,
  );
  return { app, store, queue, close: () => database.close() };
}
