import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { startFakeAws } from "../../../../src/sandbox/aws/start.ts";
import type { FakeAws } from "../../../../src/sandbox/aws/start.ts";

export const region = "eu-central-1";
export const account = "123456789012";

export type Rig = {
  readonly aws: FakeAws;
  readonly secrets: SecretsManagerClient;
  readonly ssm: SSMClient;
  /** Tries again by itself, as the CLI's clients do. */
  readonly patient: { readonly secrets: SecretsManagerClient; readonly ssm: SSMClient };
  /** Strikes the next call of the operation. */
  breakNext(service: "secretsmanager" | "ssm", operation: string, kind: string): void;
  /** Names that nobody has used yet. */
  name(): string;
  close(): Promise<void>;
};

/** A stand-in for AWS without any secret or parameter. */
export async function startRig(): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-secrets-"));
  const broken: [string, string, string][] = [];
  const aws = await startFakeAws({
    region,
    account,
    dataDir: folder,
    functions: {},
    faults: {
      take(service, operation) {
        const index = broken.findIndex(([name, of]) => service === name && of === operation);
        return index === -1 ? undefined : broken.splice(index, 1)[0]?.[2];
      },
    },
  });
  const reach = {
    region,
    endpoint: aws.url,
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
  };
  const secrets = new SecretsManagerClient({ ...reach, maxAttempts: 1 });
  const ssm = new SSMClient({ ...reach, maxAttempts: 1 });
  const patient = { secrets: new SecretsManagerClient(reach), ssm: new SSMClient(reach) };
  let names = 0;
  return {
    aws,
    secrets,
    ssm,
    patient,
    breakNext: (service, operation, kind) => void broken.push([service, operation, kind]),
    name: () => `/mayfly/${(names += 1)}`,
    async close() {
      for (const client of [secrets, ssm, patient.secrets, patient.ssm]) client.destroy();
      await aws.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
