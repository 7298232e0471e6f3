import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ec2Provider } from "../../../src/adapters/compute/ec2/ec2.ts";
import type { Ec2Options } from "../../../src/adapters/compute/ec2/ec2-options.ts";
import type { ComputeProvider, MachineProof } from "../../../src/core/ports.ts";
import { startFakeAws } from "../../../src/sandbox/aws/start.ts";
import type { FakeAws } from "../../../src/sandbox/aws/start.ts";
import { computeProviderContract, launchRequest } from "../../contract/compute-provider.ts";
import { ec2Client, ec2Options } from "./ec2-server.ts";

/** A machine that prints its proof, and goes on running as real ones do. */
const script = String.raw`#!/bin/bash
# settings of this runner follow here
metadata=$AWS_EC2_METADATA_SERVICE_ENDPOINT/latest
token=$(curl -sS -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token")
for part in document signature; do
  printf 'proof %s %s\n' "$part" "$(curl -sS -H "X-aws-ec2-metadata-token: $token" \
    "$metadata/dynamic/instance-identity/$part" | base64 -w 0)"
done
`;

const codes = {
  "lost-reply": "lost-reply",
  throttled: "RequestLimitExceeded",
  "server-error": "InternalError",
  forbidden: "UnauthorizedOperation",
} as const;

const plenty = { burst: 1000, perSecond: 1000 };

type Cloud = {
  readonly aws: FakeAws;
  /** Faults of the next launch calls. */
  readonly broken: string[];
  provider(changes?: Partial<Ec2Options>): ComputeProvider;
  proofOf(machineId: string): Promise<MachineProof>;
  close(): Promise<void>;
};

async function startCloud(): Promise<Cloud> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-ec2-"));
  const broken: string[] = [];
  const aws = await startFakeAws({
    region: "eu-central-1",
    account: "123456789012",
    dataDir: folder,
    faults: { take: (_, operation) => (operation === "RunInstances" ? broken.shift() : undefined) },
    functions: {},
    ec2: {
      images: { "ami-0123456789abcdef0": { architecture: "x86_64" } },
      subnets: { "subnet-0a": { zone: "eu-central-1a" }, "subnet-0b": { zone: "eu-central-1b" } },
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
  const options: Partial<Ec2Options> = {
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

computeProviderContract("ec2", async () => {
  const cloud = await startCloud();
  return {
    provider: cloud.provider(),
    unreachable: cloud.provider({ client: ec2Client("http://127.0.0.1:1") }),
    machinesOf: async (runnerName) =>
      cloud.aws.instances().filter((instance) => instance.tags["mayfly:runner"] === runnerName).length,
    breakNextLaunch: (fault) => void cloud.broken.push(codes[fault]),
    proofOf: async (machineId) => await cloud.proofOf(machineId),
    close: async () => await cloud.close(),
  };
});

describe("ec2", () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await startCloud();
  });
  afterAll(async () => {
    await cloud.close();
  });

  test("its traits are EC2's, or the operator's", () => {
    expect(cloud.provider().traits).toEqual({
      execution: "ec2",
      claimWithinSeconds: 300,
      lifetimeSeconds: 21_600,
      usualStartSeconds: 90,
      logGroup: "/mayfly/ec2",
      launchRate: { burst: 5, perSecond: 2 },
    });
    const changes = { claimWithinSeconds: 20, lifetimeSeconds: 60, usualStartSeconds: 3, launchRate: plenty };
    expect(cloud.provider(changes).traits).toMatchObject(changes);
  });

  test("a machine is of the market, type and subnet that were asked for, and says whose it is", async () => {
    const provider = cloud.provider();
    for (const candidate of provider.candidates?.({}) ?? []) {
      const request = launchRequest({ candidate });
      const { machineId } = await provider.launch(request);
      const instance = cloud.aws.instances().find((one) => one.id === machineId);
      const { market, instanceType: type, subnet } = candidate;
      expect(instance).toMatchObject({ market, type, subnet });
      expect(instance?.tags).toEqual({
        "mayfly:stack": "mayfly-test",
        "mayfly:repository": "71",
        "mayfly:runner": request.runnerName,
        Name: request.runnerName,
      });
    }
  });

  test("settings that change between two calls of one launch start no second machine", async () => {
    const request = launchRequest({ candidate: cloud.provider().candidates?.({})[0] });
    cloud.broken.push("lost-reply");
    await expect(cloud.provider().launch(request)).rejects.toMatchObject({ facts: { kind: "lost-reply" } });
    const { machineId } = await cloud.provider({ diskGb: 60 }).launch(request);
    const machines = cloud.aws.instances().filter((one) => one.tags["mayfly:runner"] === request.runnerName);
    expect(machines.map((one) => one.id)).toEqual([machineId]);
  });

  test.each([
    ["InsufficientInstanceCapacity", { kind: "capacity", blocks: "candidate" }],
    ["InsufficientFreeAddressesInSubnet", { kind: "capacity", blocks: "subnet" }],
    ["VcpuLimitExceeded", { kind: "quota", quota: "Running On-Demand Standard instances (L-1216C47A)" }],
  ])("%s started nothing", async (code, facts) => {
    const request = launchRequest({ candidate: cloud.provider().candidates?.({})[0] });
    cloud.broken.push(code);
    await expect(cloud.provider().launch(request)).rejects.toMatchObject({ facts });
    expect(await cloud.provider().list(request.runnerName)).toEqual([]);
  });

  test("machines of another stack are not seen, and not ended", async () => {
    const request = launchRequest({ candidate: cloud.provider().candidates?.({})[0] });
    await cloud.provider().launch(request);
    const other = cloud.provider({ stack: "mayfly-other" });
    expect(await other.list()).toEqual([]);
    await other.terminate({ runnerName: request.runnerName, machineId: undefined });
    expect((await cloud.provider().list(request.runnerName))?.[0]?.ended).toBeUndefined();
  });
});
