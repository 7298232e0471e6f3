import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CreateSecretCommand, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { Outside } from "../../../src/entrypoints/cli/secret/outside.ts";
import { startRig as startAws } from "../../sandbox/aws/secrets/rig.ts";
import type { Rig as Aws } from "../../sandbox/aws/secrets/rig.ts";
import { startRig as startGithub } from "../../sandbox/github/rig.ts";
import type { Rig as Github } from "../../sandbox/github/rig.ts";

/** What a command has written. */
export type Written = { out: string; error: string };

export type OperatorRig = {
  readonly aws: Aws;
  readonly github: Github;
  readonly outside: Outside;
  /** Every pause that was made, in ms; pauses take no time and move the clock. */
  readonly pauses: number[];
  /** Done before each pause moves the clock, and after it. */
  onPause: (when: "before" | "after") => Promise<void>;
  /** Outputs of the stack mayfly-test; undefined: there is no such stack. */
  stack: Readonly<Record<string, string>> | undefined;
  /** Whoever waits for a person now has waited long enough. */
  giveUp(): void;
  /** The clock is right again. */
  resetClock(): void;
  /** A secret without a value, as the deployment makes it. */
  newSecret(): Promise<string>;
  read(secret: string): Promise<Readonly<Record<string, unknown>>>;
  write(): Written & { readonly write: { out: (text: string) => void; error: (text: string) => void } };
  close(): Promise<void>;
};

/** Stand-ins for AWS and GitHub, and a clock that pauses move. */
export async function startOperatorRig(): Promise<OperatorRig> {
  const [aws, github] = await Promise.all([startAws(), startGithub()]);
  github.github.addOrganization({ login: "acme" });
  const pauses: number[] = [];
  let aheadMs = 0;
  let secrets = 0;
  const waiting: (() => void)[] = [];
  const cloudFormation = await listen((stackName) => (stackName === "mayfly-test" ? rig.stack : undefined));
  const client = new CloudFormationClient({
    region: "eu-central-1",
    endpoint: cloudFormation.url,
    maxAttempts: 1,
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
  });
  const rig: OperatorRig = {
    aws,
    github,
    pauses,
    onPause: async () => {},
    stack: undefined,
    outside: {
      clock: { nowMs: () => Date.now() + aheadMs },
      async sleep(ms, signal) {
        if (signal !== undefined) {
          // waits for a person: until somebody comes, or will not come any more
          await new Promise<void>((done) => {
            signal.addEventListener("abort", () => done());
            waiting.push(done);
          });
          return;
        }
        pauses.push(ms);
        await rig.onPause("before");
        aheadMs += ms;
        await rig.onPause("after");
      },
      randomHex: (bytes) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("hex"),
      cloudFormation: client,
      secretsManager: aws.secrets,
      ssm: aws.ssm,
    },
    giveUp() {
      for (const done of waiting.splice(0)) done();
    },
    resetClock: () => void (aheadMs = 0),
    async newSecret() {
      const Name = `mayfly-test-${(secrets += 1)}`;
      await aws.secrets.send(new CreateSecretCommand({ Name }));
      return Name;
    },
    async read(SecretId) {
      const { SecretString = "{}" } = await aws.secrets.send(new GetSecretValueCommand({ SecretId }));
      return JSON.parse(SecretString) as Record<string, unknown>;
    },
    write() {
      const written = { out: "", error: "" };
      const write = {
        out: (text: string) => void (written.out += text),
        error: (text: string) => void (written.error += text),
      };
      return Object.assign(written, { write });
    },
    async close() {
      client.destroy();
      cloudFormation.server.close();
      await Promise.all([aws.close(), github.close()]);
    },
  };
  return rig;
}

/** CloudFormation, as far as DescribeStacks goes: answers as its API reference has them. */
async function listen(
  outputsOf: (stackName: string) => Readonly<Record<string, string>> | undefined,
): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const name = new URLSearchParams(Buffer.concat(chunks).toString()).get("StackName") ?? "";
      const outputs = outputsOf(name);
      response.writeHead(outputs === undefined ? 400 : 200, { "content-type": "text/xml" });
      response.end(outputs === undefined ? missing(name) : described(name, outputs));
    });
  });
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const namespace = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

function described(name: string, outputs: Readonly<Record<string, string>>): string {
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return (
    `<DescribeStacksResponse xmlns="${namespace}"><DescribeStacksResult><Stacks><member><StackName>${name}</StackName>` +
    `<CreationTime>2026-11-23T10:00:00.000Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>` +
    `<Outputs>${members.join("")}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`
  );
}

function missing(name: string): string {
  return (
    `<ErrorResponse xmlns="${namespace}"><Error><Type>Sender</Type><Code>ValidationError</Code>` +
    `<Message>Stack with id ${name} does not exist</Message></Error></ErrorResponse>`
  );
}
