import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { STSClient } from "@aws-sdk/client-sts";
import { startFakeAws } from "../../../../src/sandbox/aws/start.ts";
import type { FakeAws, FakeAwsOptions } from "../../../../src/sandbox/aws/start.ts";

export const region = "eu-central-1";
const account = "123456789012";
/** By what they are: a role's session, a user, one of another account. */
export const keys = { worker: "AKIDWORKER", user: "AKIDUSER", stranger: "AKIDSTRANGER" } as const;
export const callers = {
  [keys.worker]: `arn:aws:sts::${account}:assumed-role/mayfly-worker/mayfly-worker`,
  [keys.user]: `arn:aws:iam::${account}:user/somebody`,
  [keys.stranger]: "arn:aws:sts::999999999999:assumed-role/mayfly-worker/mayfly-worker",
};
const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
export const deploy = roleArn("ci/deploy");
export const untagged = roleArn("untagged");
export const long = roleArn("long");
export const shut = roleArn("shut");

export type Rig = {
  readonly aws: FakeAws;
  clientOf(accessKeyId: string): STSClient;
  /** Strikes the next call of the operation. */
  breakNext(operation: string, kind: string): void;
  close(): Promise<void>;
};

/** A stand-in for AWS with roles of different trust. */
export async function startRig(more: Partial<FakeAwsOptions> = {}): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-sts-"));
  const broken: [string, string][] = [];
  const aws = await startFakeAws({
    region,
    account,
    dataDir: folder,
    functions: {},
    faults: {
      take(service, operation) {
        const index = broken.findIndex(([of]) => service === "sts" && of === operation);
        return index === -1 ? undefined : broken.splice(index, 1)[0]?.[1];
      },
    },
    sts: {
      callers,
      roles: {
        [deploy]: { trusts: [roleArn("service/mayfly-worker")], mayTagSessions: true },
        [untagged]: { trusts: [`arn:aws:iam::${account}:root`], mayTagSessions: false },
        [long]: { trusts: Object.values(callers), mayTagSessions: true, maxSessionSeconds: 7200 },
        [shut]: { trusts: [], mayTagSessions: true },
      },
    },
    ...more,
  });
  const clients: STSClient[] = [];
  return {
    aws,
    clientOf(accessKeyId) {
      const client = stsClient(aws.url, accessKeyId);
      clients.push(client);
      return client;
    },
    breakNext: (operation, kind) => void broken.push([operation, kind]),
    async close() {
      for (const client of clients) client.destroy();
      await aws.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function stsClient(endpoint: string, accessKeyId: string): STSClient {
  const credentials = { accessKeyId, secretAccessKey: "secret" };
  return new STSClient({ region, endpoint, maxAttempts: 1, credentials });
}
