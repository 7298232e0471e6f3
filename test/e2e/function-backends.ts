import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { tableDefinition } from "../../src/adapters/store/dynamodb/table-definition.ts";
import { faultSupply } from "../../src/sandbox/faults.ts";
import { startQueueAndTable } from "../../src/sandbox/aws/queue-and-table.ts";
import { startFakeAws } from "../../src/sandbox/aws/start.ts";

/** What a deployed function finds behind its SDK, and what was asked of the queue. */
export type Backends = {
  readonly env: Readonly<Record<string, string>>;
  readonly webhookSecret: string;
  /** Calls that would put something into the queue. */
  queueWrites(): number;
  /** What is in the queue and was not looked at before. */
  messages(): Promise<unknown[]>;
  close(): Promise<void>;
};

const region = "eu-central-1";
const credentials = { accessKeyId: "sandbox", secretAccessKey: "sandbox" };

/** Secrets, a policy that serves these installations, a queue and a table, on 127.0.0.1. */
export async function startBackends({
  installations,
}: {
  readonly installations: readonly number[];
}): Promise<Backends> {
  const dataDir = await mkdtemp(join(tmpdir(), "mayfly-backends-"));
  const aws = await startFakeAws({ region, account: "123456789012", dataDir, faults: faultSupply([]), functions: {} });
  const place = await startQueueAndTable({
    region,
    account: "123456789012",
    name: "mayfly-test",
    visibilitySeconds: 150,
    maxReceiveCount: 16,
    table: tableDefinition,
  });
  const webhookSecret = "the secret of these bundles";
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const reach = { region, credentials, endpoint: aws.url };
  const secret = { appId: 1, privateKey, webhookSecret, hostKey: randomBytes(32).toString("hex") };
  await new SecretsManagerClient(reach).send(
    new CreateSecretCommand({ Name: "mayfly/test", SecretString: JSON.stringify(secret) }),
  );
  const Value = `installations: [${installations.join(", ")}]\n`;
  await new SSMClient(reach).send(new PutParameterCommand({ Name: "/mayfly/test/policy", Type: "String", Value }));
  const counting = await countingFront(place.sqsUrl);
  const sqs = new SQSClient({ region, credentials, endpoint: place.sqsUrl });
  return {
    env: {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: "sandbox",
      AWS_SECRET_ACCESS_KEY: "sandbox",
      AWS_ENDPOINT_URL: aws.url,
      AWS_ENDPOINT_URL_SQS: counting.url,
      MAYFLY_STACK: "mayfly-test",
      MAYFLY_LABEL_PREFIX: "mayfly",
      MAYFLY_LOG_LEVEL: "debug",
      MAYFLY_QUEUE_URL: place.queueUrl.replace(place.sqsUrl, counting.url),
      MAYFLY_SECRET: "secretsmanager:mayfly/test",
      MAYFLY_POLICY_PARAMETER: "/mayfly/test/policy",
    },
    webhookSecret,
    queueWrites: () => counting.writes(),
    async messages() {
      const command = new ReceiveMessageCommand({ QueueUrl: place.queueUrl, MaxNumberOfMessages: 10 });
      const { Messages = [] } = await sqs.send(command);
      return Messages.map(({ Body = "" }) => JSON.parse(Body) as unknown);
    },
    async close() {
      sqs.destroy();
      counting.close();
      await Promise.all([aws.close(), place.close()]);
      await rm(dataDir, { recursive: true });
    },
  };
}

/** Hands everything on, and counts what sends. */
async function countingFront(target: string): Promise<{ readonly url: string; writes(): number; close(): void }> {
  let writes = 0;
  const server = createServer((request, response) => {
    const pass = async (): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const operation = String(request.headers["x-amz-target"]);
      if (operation.includes("SendMessage")) writes += 1;
      const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": operation };
      const answer = await fetch(target, { method: "POST", headers, body: Buffer.concat(chunks) });
      response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.0" }).end(await answer.text());
    };
    pass().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    writes: () => writes,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
