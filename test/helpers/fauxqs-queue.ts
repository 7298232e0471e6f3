import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import { startFauxqs } from "fauxqs";
import type { FauxqsServer } from "fauxqs";

type Fields = Readonly<Record<string, unknown>>;

/** What goes wrong with a call. */
export type SqsFault =
  | { readonly kind: "error"; readonly status: number; readonly code: string; readonly message?: string }
  /** It happens, and the connection breaks. */
  | { readonly kind: "lost-reply" }
  /**
   * These entries of a batch, by their place, are not taken. `code` undefined: the answer does not name them; one that
   * begins with `Internal` is SQS's fault, any other the sender's.
   */
  | { readonly kind: "entries"; readonly places: readonly number[]; readonly code: string | undefined };

export type SqsCall = { readonly operation: string; readonly input: Fields };

export type FauxqsQueue = {
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly deadLetterQueueUrl: string;
};

export type FauxqsQueues = {
  readonly client: () => SQSClient;
  /** A new queue with a dead-letter queue of its own, which SQS itself never moves anything to unless told so. */
  readonly newQueue: (visibilitySeconds: number, maxReceiveCount?: number) => FauxqsQueue;
  /** What the SDK has sent in this test, in its order. */
  readonly calls: (operation?: string) => readonly SqsCall[];
  /** Strikes the next calls of this operation in this test, one each; undefined: that call goes well. */
  readonly break: (operation: string, ...faults: readonly (SqsFault | undefined)[]) => void;
};

const region = "eu-central-1";

/**
 * fauxqs for one test file, reached by the real SDK through a small server in front: it breaks calls when told to, and
 * keeps the `MessageGroupId` of standard queues, which fauxqs forgets.
 */
export function fauxqsQueues(): FauxqsQueues {
  const calls: SqsCall[] = [];
  const faults = new Map<string, (SqsFault | undefined)[]>();
  const groups = new Map<string, string>();
  let fauxqs: FauxqsServer;
  let client: SQSClient;
  let queues = 0;
  const front = createServer((request, response) => {
    const forward = async (input: Fields): Promise<Response> =>
      await fetch(`http://127.0.0.1:${fauxqs.port}/`, {
        method: "POST",
        headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": target(request) },
        body: JSON.stringify(input),
      });
    const strike = (operation: string): SqsFault | undefined => faults.get(operation)?.shift();
    answer(request, response, { calls, groups, forward, strike }).catch(() => response.destroy());
  });
  beforeAll(async () => {
    fauxqs = await startFauxqs({ port: 0, logger: false, defaultRegion: region });
    await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
    client = sqsClient(`http://127.0.0.1:${(front.address() as AddressInfo).port}`);
  });
  beforeEach(() => {
    calls.length = 0;
    faults.clear();
  });
  afterAll(async () => {
    client.destroy();
    front.closeAllConnections();
    await new Promise((resolve) => front.close(resolve));
    await fauxqs.stop();
  });
  return {
    client: () => client,
    newQueue(visibilitySeconds, maxReceiveCount) {
      queues += 1;
      const dead = fauxqs.createQueue(`dead-${queues}`);
      const redrive = JSON.stringify({ deadLetterTargetArn: dead.queueArn, maxReceiveCount });
      const attributes = {
        VisibilityTimeout: String(visibilitySeconds),
        ...(maxReceiveCount !== undefined && { RedrivePolicy: redrive }),
      };
      const { queueUrl, queueArn } = fauxqs.createQueue(`work-${queues}`, { attributes });
      return { queueUrl, queueArn, deadLetterQueueUrl: dead.queueUrl };
    },
    calls: (operation) => calls.filter((call) => operation === undefined || call.operation === operation),
    break: (operation, ...more) => void faults.set(operation, [...(faults.get(operation) ?? []), ...more]),
  };
}

/** Against any endpoint that speaks for SQS, with one attempt a call. */
export function sqsClient(endpoint: string): SQSClient {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
  return new SQSClient({ region, endpoint, credentials, maxAttempts: 1, useQueueUrlAsEndpoint: false });
}

type Front = {
  readonly calls: SqsCall[];
  /** Message id → group. */
  readonly groups: Map<string, string>;
  readonly forward: (input: Fields) => Promise<Response>;
  readonly strike: (operation: string) => SqsFault | undefined;
};

function target(request: IncomingMessage): string {
  return String(request.headers["x-amz-target"]);
}

async function answer(request: IncomingMessage, response: ServerResponse, front: Front): Promise<void> {
  const input = JSON.parse(await text(request)) as Fields;
  const operation = target(request).replace("AmazonSQS.", "");
  front.calls.push({ operation, input });
  const fault = front.strike(operation);
  if (fault?.kind === "error") {
    const { status, code, message = "as the test asked" } = fault;
    return reply(response, status, { __type: `com.amazonaws.sqs#${code}`, message });
  }
  const entries = (input["Entries"] ?? []) as readonly Fields[];
  const struck = fault?.kind === "entries" ? fault : undefined;
  const taken = entries.filter((_, place) => !struck?.places.includes(place));
  const sent = struck === undefined ? input : { ...input, Entries: taken };
  const { status, output } = await carryOut(front, sent, struck !== undefined && taken.length === 0);
  keepGroups(front.groups, sent, output);
  if (fault?.kind === "lost-reply") return void response.destroy();
  if (struck?.code === undefined) return reply(response, status, output);
  const Failed = entries
    .filter((_, place) => struck.places.includes(place))
    .map(({ Id }) => ({
      Id,
      Code: struck.code,
      Message: "as the test asked",
      SenderFault: struck.code?.startsWith("Internal") !== true,
    }));
  return reply(response, status, { ...output, Failed });
}

async function carryOut(
  { forward, groups }: Front,
  input: Fields,
  nothing: boolean,
): Promise<{ readonly status: number; readonly output: Fields }> {
  if (nothing) return { status: 200, output: { Successful: [], Failed: [] } };
  const given = await forward(input);
  const output = (await given.json()) as Fields;
  const messages = output["Messages"] as readonly Fields[] | undefined;
  if (messages === undefined) return { status: given.status, output };
  const wanted = (input["MessageSystemAttributeNames"] ?? []) as readonly string[];
  const Messages = messages.map((one) => {
    const group = groups.get(String(one["MessageId"]));
    const shown = group !== undefined && wanted.some((name) => name === "All" || name === "MessageGroupId");
    return shown ? { ...one, Attributes: { ...(one["Attributes"] as Fields), MessageGroupId: group } } : one;
  });
  return { status: given.status, output: { ...output, Messages } };
}

function keepGroups(groups: Map<string, string>, input: Fields, output: Fields): void {
  const entries = (input["Entries"] ?? [input]) as readonly Fields[];
  for (const sent of (output["Successful"] ?? [output]) as readonly Fields[]) {
    const group = entries.find(({ Id }) => Id === sent["Id"])?.["MessageGroupId"];
    if (typeof group === "string") groups.set(String(sent["MessageId"]), group);
  }
}

function reply(response: ServerResponse, status: number, body: Fields): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(body));
}

async function text(request: IncomingMessage): Promise<string> {
  request.setEncoding("utf8");
  let body = "";
  for await (const part of request) body += String(part);
  return body;
}
