import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { EC2Client } from "@aws-sdk/client-ec2";
import type { Ec2Options, Ec2Region } from "../../../src/adapters/compute/ec2/ec2-options.ts";

export type Reply =
  | { readonly status: number; readonly body: string }
  /** The connection breaks instead of, or in the middle of, an answer. */
  | "broken"
  | { readonly cutOff: string };

export type Ec2Server = {
  readonly client: EC2Client;
  /** What the SDK sent, byte for byte. */
  readonly bodies: string[];
  /** The parameters of each call. */
  calls(): URLSearchParams[];
  /** Answers of the next calls, one each; a call without one is answered 500. */
  answer(...replies: Reply[]): void;
  close(): Promise<void>;
};

/** An HTTP server that gives EC2's answers as told and keeps what the real SDK sent. */
export async function startEc2Server(): Promise<Ec2Server> {
  const bodies: string[] = [];
  const next: Reply[] = [];
  const server = createServer((request, response) => {
    request.setEncoding("utf8");
    let body = "";
    request.on("data", (part: string) => (body += part));
    request.on("end", () => {
      bodies.push(body);
      const reply = next.shift() ?? ec2Error("TestWithoutAnswer", "", 500);
      if (reply === "broken") return void response.destroy();
      if ("cutOff" in reply) {
        response.writeHead(200, { "content-length": reply.cutOff.length + 100 });
        response.write(reply.cutOff, () => response.destroy());
        return undefined;
      }
      response.writeHead(reply.status, { "content-type": "text/xml" }).end(reply.body);
      return undefined;
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    client: ec2Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    bodies,
    calls: () => bodies.map((body) => new URLSearchParams(body)),
    answer: (...replies) => void next.push(...replies),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

export function ec2Client(endpoint: string, region = "eu-central-1"): EC2Client {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
  return new EC2Client({ region, endpoint, maxAttempts: 1, credentials });
}

export const script = "#!/bin/bash\n# settings of this runner follow here\nset -euo pipefail\necho hello\n";

/** What an operator may change: of the whole, or of the region eu-central-1. */
export type Ec2Changes = Partial<Ec2Options & Ec2Region>;

/** Options of an operator with one region, with `client` for every region. */
export function ec2Options(client: EC2Client, changes: Ec2Changes = {}): Ec2Options {
  const {
    launchTemplate = { name: "mayfly", version: "3" },
    imageId,
    arm64ImageId,
    subnets = [
      { id: "subnet-0a", zone: "eu-central-1a" },
      { id: "subnet-0b", zone: "eu-central-1b" },
    ],
    logGroup = "/mayfly/ec2",
    certificates,
    ...others
  } = changes;
  return {
    clients: () => client,
    region: "eu-central-1",
    regions: { "eu-central-1": { launchTemplate, imageId, arm64ImageId, subnets, logGroup, certificates } },
    stack: "mayfly-test",
    userData: { script },
    ...others,
  };
}

export const started = (instanceId: string): Reply => ({
  status: 200,
  body: `<RunInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><instancesSet><item><instanceId>${instanceId}</instanceId></item></instancesSet></RunInstancesResponse>`,
});

/** An error as EC2 sends it. */
export const ec2Error = (code: string, message: string, status = 400): Reply => ({
  status,
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>7a62c49f-347e-4fc4-9331-6e8eEXAMPLE</RequestID></Response>`,
});

export type Shown = {
  readonly id: string;
  readonly runner?: string;
  readonly state?: string;
  readonly reason?: { readonly code: string; readonly message: string };
  readonly transition?: string;
};

/** A page of DescribeInstances. */
export function described(instances: readonly Shown[], nextToken?: string): Reply {
  const items = instances.map(({ id, runner, state = "running", reason, transition = "" }) => {
    const tag = runner === undefined ? "" : `<item><key>mayfly:runner</key><value>${runner}</value></item>`;
    const why = reason && `<stateReason><code>${reason.code}</code><message>${reason.message}</message></stateReason>`;
    return (
      `<item><instancesSet><item><instanceId>${id}</instanceId><instanceState><name>${state}</name></instanceState>` +
      `<reason>${transition}</reason>${why ?? ""}` +
      `<tagSet><item><key>mayfly:stack</key><value>mayfly-test</value></item>${tag}</tagSet></item></instancesSet></item>`
    );
  });
  const token = nextToken === undefined ? "" : `<nextToken>${nextToken}</nextToken>`;
  return {
    status: 200,
    body: `<DescribeInstancesResponse><reservationSet>${items.join("")}</reservationSet>${token}</DescribeInstancesResponse>`,
  };
}
