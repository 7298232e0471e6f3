import { PassThrough } from "node:stream";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { systemClock } from "../../../adapters/clock.ts";
import { pinoLog } from "../../../adapters/log/pino-log.ts";
import { sqsQueue } from "../../../adapters/queue/sqs.ts";
import { dynamodbStore } from "../../../adapters/store/dynamodb.ts";
import type { Sandbox, SandboxOptions } from "../sandbox-session.ts";
import { region } from "../sandbox-names.ts";
import type { Session } from "../stand-ins/session.ts";
import { writePolicy } from "./deployment.ts";
import { functionEnvironment } from "./function-environment.ts";
import { startFunctions } from "./start-functions.ts";

export type AwsLocalOptions = Omit<SandboxOptions, "session" | "settings"> & {
  readonly session: Pick<
    Session,
    "port" | "githubUrl" | "awsUrl" | "instanceCertificate" | "installationId" | "deployed"
  >;
  /** The functions' log lines go there. */
  readonly output: NodeJS.WritableStream;
};

/**
 * Mayfly as it is deployed, in this process: the bundles of its functions, each environment a thread, over a queue, a
 * table, secrets and a policy that stand-ins keep.
 */
export async function startAwsLocal({
  world,
  session,
  dataDir,
  logger,
  policyFile,
  output,
}: AwsLocalOptions): Promise<Sandbox> {
  const { deployed, awsUrl, installationId, port } = session;
  if (deployed === undefined) throw new Error("this start has no queue and no table: start anew, without --data");
  await writePolicy(awsUrl, installationId, policyFile);
  const lines = new PassThrough();
  lines.pipe(output, { end: false });
  const running = await startFunctions({
    port,
    folder: join(dataDir, "functions"),
    env: functionEnvironment(session, deployed),
    place: deployed,
    output: lines,
    log: pinoLog(logger),
  });
  const reach = { region, credentials: { accessKeyId: "sandbox", secretAccessKey: "sandbox" } };
  const dynamodb = new DynamoDBClient({ ...reach, endpoint: deployed.dynamodbUrl });
  const sqs = new SQSClient({ ...reach, endpoint: deployed.sqsUrl });
  const { queueUrl, deadLetterQueueUrl, table } = deployed;
  const close = (): void => {
    dynamodb.destroy();
    sqs.destroy();
  };
  return {
    world,
    settings: { labelPrefix: "mayfly" },
    mayfly: {
      store: dynamodbStore({ client: dynamodb, table, clock: systemClock }),
      queue: sqsQueue({ client: sqs, queueUrl, deadLetterQueueUrl }),
      close,
    },
    async stop() {
      await running.stop();
      await world.stop();
      close();
    },
  };
}
