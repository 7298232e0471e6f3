import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ec2Provider } from "../../../src/adapters/compute/ec2/ec2.ts";
import type { ComputeProvider, MachineProof } from "../../../src/core/ports.ts";
import { startFakeAws } from "../../../src/sandbox/aws/start.ts";
import type { FakeAws } from "../../../src/sandbox/aws/start.ts";
import { ec2Client, ec2Options } from "./ec2-server.ts";
import type { Ec2Changes } from "./ec2-server.ts";

/** A machine that prints its proof, and goes on running as real ones do. */
export const script = String.raw`#!/bin/bash
# settings of this runner follow here
metadata=$AWS_EC2_METADATA_SERVICE_ENDPOINT/latest
token=$(curl -sS -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token")
for part in document signature; do
  printf 'proof %s %s\n' "$part" "$(curl -sS -H "X-aws-ec2-metadata-token: $token" \
    "$metadata/dynamic/instance-identity/$part" | base64 -w 0)"
done
`;

export const arm64Image = "ami-0123456789abcdef1";
export const namedImage = "ami-0123456789abcdef2";
export const privateSubnet = { id: "subnet-0c", zone: "eu-central-1c" };

/** Subnets of a region without a name, and one with a name. */
const subnetsOf = (region: string): Record<string, { readonly zone: string }> => ({
  "subnet-0a": { zone: `${region}a` },
  "subnet-0b": { zone: `${region}b` },
  [privateSubnet.id]: { zone: `${region}c` },
});

const plenty = { burst: 1000, perSecond: 1000 };

/** A stand-in for EC2 with real instances, and providers in front of it. */
export type Ec2Cloud = {
  readonly aws: FakeAws;
  /** Faults of the next launch calls. */
  readonly broken: string[];
  provider(changes?: Ec2Changes): ComputeProvider;
  proofOf(machineId: string): Promise<MachineProof>;
  close(): Promise<void>;
};

export async function startEc2Cloud(region = "eu-central-1"): Promise<Ec2Cloud> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-ec2-"));
  const broken: string[] = [];
  const aws = await startFakeAws({
    region,
    account: "123456789012",
    dataDir: folder,
    faults: { take: (_, operation) => (operation === "RunInstances" ? broken.shift() : undefined) },
    functions: {},
    ec2: {
      images: {
        "ami-0123456789abcdef0": { architecture: "x86_64" },
        [arm64Image]: { architecture: "arm64" },
        [namedImage]: { architecture: "x86_64" },
      },
      subnets: subnetsOf(region),
      securityGroups: ["sg-0123456789abcdef0"],
      launchTemplates: {
        mayfly: {
          id: "lt-0123456789abcdef0",
          versions: [{ imageId: "ami-0123456789abcdef0", securityGroupIds: ["sg-0123456789abcdef0"] }],
        },
      },
      rates: { RunInstances: plenty, launchedInstances: plenty },
    },
  });
  const options: Ec2Changes = {
    launchTemplate: { name: "mayfly", version: "1" },
    userData: { script },
    certificates: [aws.instanceCertificate],
    account: "123456789012",
  };
  return {
    aws,
    broken,
    provider: (changes) => ec2Provider(ec2Options(ec2Client(aws.url), { ...options, ...changes })),
    async proofOf(machineId) {
      for (;;) {
        const console = await readFile(aws.consoleFile(machineId), "utf8").catch(() => "");
        const [document, signature] = ["document", "signature"].map((part) =>
          new RegExp(`proof ${part} ([A-Za-z0-9+/=]+)\\s`).exec(console)?.at(1),
        );
        if (document !== undefined && signature !== undefined) {
          const text = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");
          return { document: text(document), signature: text(signature) };
        }
        await pause(20);
      }
    },
    async close() {
      await aws.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
