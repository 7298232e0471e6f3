import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll } from "@jest/globals";
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { tableDefinition } from "../../src/adapters/store/dynamodb/table-definition.ts";

/** It comes without types. */
type Dynalite = (options: { readonly createTableMs: number }) => Server;
const dynalite = createRequire(import.meta.url)("dynalite") as Dynalite;

/** Any endpoint's client; what stands for DynamoDB here looks at no credentials. */
export function clientOf(endpoint: string, config: DynamoDBClientConfig = {}): DynamoDBClient {
  const credentials = { accessKeyId: "none", secretAccessKey: "none" };
  const requestHandler = { httpAgent: { keepAlive: true, maxSockets: 200 } };
  return new DynamoDBClient({
    endpoint,
    region: "eu-central-1",
    credentials,
    maxAttempts: 1,
    requestHandler,
    ...config,
  });
}

/** Makes a table like ours under a name of its own, behind any endpoint; resolves with the name when it can be used. */
export async function makeTable(client: DynamoDBClient): Promise<string> {
  const name = `mayfly-${randomUUID()}`;
  await client.send(new CreateTableCommand({ TableName: name, BillingMode: "PAY_PER_REQUEST", ...tableDefinition }));
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 0.1, maxDelay: 1 }, { TableName: name });
  return name;
}

/** DynamoDB of one test file, in this process. */
export function dynaliteServer(): {
  readonly endpoint: () => string;
  /** A client of it, closed after all tests. */
  readonly newClient: (config?: DynamoDBClientConfig) => DynamoDBClient;
  /** A client and the name of a new table. */
  readonly newTable: () => Promise<{ readonly client: DynamoDBClient; readonly table: string }>;
} {
  const clients: DynamoDBClient[] = [];
  let server: Server | undefined;
  let url = "";
  const endpoint = (): string => url;
  const newClient = (config?: DynamoDBClientConfig): DynamoDBClient => {
    const client = clientOf(endpoint(), config);
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    server = dynalite({ createTableMs: 0 });
    // A connection that it closed while a test was busy would look like a lost reply.
    server.keepAliveTimeout = 0;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await new Promise<void>((resolve, reject) => {
      server?.close((error) => (error === undefined || error === null ? resolve() : reject(error)));
    });
  });
  return {
    endpoint,
    newClient,
    async newTable() {
      const client = newClient();
      return { client, table: await makeTable(client) };
    },
  };
}
