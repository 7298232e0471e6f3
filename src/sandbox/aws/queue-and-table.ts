import { once } from "node:events";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";
import { shut } from "./http.ts";

export type QueueAndTableOptions = {
  readonly region: string;
  readonly account: string;
  /** First part of their names. */
  readonly name: string;
  readonly visibilitySeconds: number;
  /** A message that was received so often goes to the dead-letter queue. */
  readonly maxReceiveCount: number;
  readonly table: Omit<CreateTableCommandInput, "TableName" | "BillingMode">;
};

/** Where they are; everything in it can be sent as JSON. */
export type QueueAndTablePlace = {
  readonly sqsUrl: string;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly deadLetterQueueUrl: string;
  readonly dynamodbUrl: string;
  readonly table: string;
};

export type QueueAndTable = QueueAndTablePlace & {
  /** Puts what a cloud announces into the work queue. */
  announce(body: Readonly<Record<string, unknown>>): void;
  close(): Promise<void>;
};

/** It comes without types. */
type Dynalite = (options: { readonly createTableMs: number }) => Server;
const dynalite = createRequire(import.meta.url)("dynalite") as Dynalite;

const credentials = { accessKeyId: "sandbox", secretAccessKey: "sandbox" };

/**
 * A work queue with its dead-letter queue, and a table, on 127.0.0.1: fauxqs and dynalite, which others wrote. They know
 * no signatures, and no `MessageGroupId` of standard queues.
 */
export async function startQueueAndTable(options: QueueAndTableOptions): Promise<QueueAndTable> {
  const { region, account } = options;
  const fauxqs = buildApp({ logger: false, host: "127.0.0.1", defaultRegion: region });
  await fauxqs.listen({ port: 0, host: "127.0.0.1" });
  const tables = dynalite({ createTableMs: 0 });
  tables.listen(0, "127.0.0.1");
  await once(tables, "listening");
  const sqsUrl = `http://127.0.0.1:${(fauxqs.server.address() as AddressInfo).port}`;
  const dynamodbUrl = `http://127.0.0.1:${(tables.address() as AddressInfo).port}`;
  const sqs = new SQSClient({ region, endpoint: sqsUrl, credentials, useQueueUrlAsEndpoint: false });
  const queues = await makeQueues(sqs, options);
  await makeTable(new DynamoDBClient({ region, endpoint: dynamodbUrl, credentials }), options);
  const urlOf = (name: string): string => `${sqsUrl}/${account}/${name}`;
  const queueUrl = urlOf(queues.work);
  return {
    sqsUrl,
    queueUrl,
    queueArn: `arn:aws:sqs:${region}:${account}:${queues.work}`,
    deadLetterQueueUrl: urlOf(queues.dead),
    dynamodbUrl,
    table: options.name,
    announce(body) {
      const command = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(body) });
      // Nobody waits for it, and a world that ends meanwhile needs it no more.
      sqs.send(command).catch(() => undefined);
    },
    async close() {
      sqs.destroy();
      await Promise.all([fauxqs.close(), shut(tables)]);
    },
  };
}

async function makeQueues(
  sqs: SQSClient,
  { name, region, visibilitySeconds, maxReceiveCount }: QueueAndTableOptions,
): Promise<{ readonly work: string; readonly dead: string }> {
  const [work, dead] = [`${name}-work`, `${name}-dead-letters`];
  await sqs.send(new CreateQueueCommand({ QueueName: dead }));
  // fauxqs has an account of its own
  const deadLetterTargetArn = `arn:aws:sqs:${region}:000000000000:${dead}`;
  await sqs.send(
    new CreateQueueCommand({
      QueueName: work,
      Attributes: {
        VisibilityTimeout: String(visibilitySeconds),
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }),
      },
    }),
  );
  return { work, dead };
}

async function makeTable(client: DynamoDBClient, { name, table }: QueueAndTableOptions): Promise<void> {
  try {
    await client.send(new CreateTableCommand({ ...table, TableName: name, BillingMode: "PAY_PER_REQUEST" }));
    await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.1, maxDelay: 0.5 }, { TableName: name });
  } finally {
    client.destroy();
  }
}
