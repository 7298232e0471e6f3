import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeInstancesCommand, EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import type { Instance as SdkInstance, Reservation, RunInstancesCommandInput } from "@aws-sdk/client-ec2";
import type { Instance, InstanceOptions } from "../../../../src/sandbox/aws/ec2/instance/instance.ts";
import type { Ec2Options } from "../../../../src/sandbox/aws/ec2/options.ts";
import { startFakeAws } from "../../../../src/sandbox/aws/start.ts";
import type { FakeAws } from "../../../../src/sandbox/aws/start.ts";

export const region = "eu-central-1";
export const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
export const ami = "ami-0123456789abcdef0";
export const armAmi = "ami-0123456789abcdef1";
export const subnetA = "subnet-0aaaaaaaaaaaaaaaa";
export const subnetB = "subnet-0bbbbbbbbbbbbbbbb";
export const group = "sg-0123456789abcdef0";
export const templateId = "lt-0123456789abcdef0";

/** A machine without a computer: it prints its user data and is on until it is told otherwise. */
export type ScriptedInstance = {
  readonly options: InstanceOptions;
  /** As `shutdown` inside. */
  shutDown(): void;
  readonly announced: number[];
  readonly on: () => boolean;
};

export type Rig = {
  readonly aws: FakeAws;
  readonly ec2: EC2Client;
  /** In the order of their start. */
  readonly machines: ScriptedInstance[];
  /** Strikes the next call of the operation. */
  breakNext(operation: string, kind: string): void;
  /** Faults that nobody has taken. */
  broken(): number;
  readonly run: (more?: Partial<RunInstancesCommandInput>) => Promise<Reservation>;
  /** The id of one new instance. */
  launch(more?: Partial<RunInstancesCommandInput>): Promise<string>;
  describe(id: string): Promise<SdkInstance>;
  state(id: string): string | undefined;
  reaches(id: string, state: string): Promise<void>;
  close(): Promise<void>;
};

/** A stand-in for AWS with EC2 and scripted machines; without limits of its rates unless a test sets them. */
export async function startRig(changes: Partial<Ec2Options> = {}, dataDir?: string): Promise<Rig> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), "mayfly-ec2-")));
  const machines: ScriptedInstance[] = [];
  const broken: [string, string][] = [];
  const plenty = { burst: 1_000_000, perSecond: 1 };
  const aws = await startFakeAws({
    region,
    account: "123456789012",
    dataDir: folder,
    functions: {},
    faults: {
      take(service, operation) {
        const index = broken.findIndex(([of]) => service === "ec2" && of === operation);
        return index === -1 ? undefined : broken.splice(index, 1)[0]?.[1];
      },
    },
    ec2: {
      images: { [ami]: { architecture: "x86_64" }, [armAmi]: { architecture: "arm64", rootGb: 20 } },
      subnets: { [subnetA]: { zone: "eu-central-1a" }, [subnetB]: { zone: "eu-central-1b" } },
      securityGroups: [group],
      launchTemplates: {
        mayfly: {
          id: templateId,
          versions: [
            { imageId: ami, subnetId: subnetA, securityGroupIds: [group], instanceProfile: "runner", market: "spot" },
            {
              imageId: ami,
              instanceType: "c7a.large",
              tags: { instance: { "mayfly:stack": "template", kept: "yes" } },
            },
          ],
        },
      },
      roleName: "runner",
      rates: {
        RunInstances: plenty,
        DescribeInstances: plenty,
        TerminateInstances: plenty,
        launchedInstances: plenty,
        GetConsoleOutput: plenty,
      },
      timings: { pendingMs: 5, shuttingDownMs: 5 },
      startInstance: async (options) => scripted(options, machines),
      ...changes,
    },
  });
  const ec2 = new EC2Client({ region, endpoint: aws.url, maxAttempts: 1, credentials });
  const run: Rig["run"] = async (more) =>
    await ec2.send(
      new RunInstancesCommand({
        MinCount: 1,
        MaxCount: 1,
        ImageId: ami,
        InstanceType: "c7i.large",
        SubnetId: subnetA,
        ...more,
      }),
    );
  const state = (id: string): string | undefined => aws.instances().find((instance) => instance.id === id)?.state;
  return {
    aws,
    ec2,
    machines,
    breakNext: (operation, kind) => void broken.push([operation, kind]),
    broken: () => broken.length,
    run,
    launch: async (more) => (await run(more)).Instances?.[0]?.InstanceId ?? "",
    async describe(id) {
      const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
      return Reservations?.[0]?.Instances?.[0] ?? {};
    },
    state,
    reaches: async (id, wanted) => await until(() => state(id) === wanted),
    async close() {
      ec2.destroy();
      await aws.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function scripted(options: InstanceOptions, machines: ScriptedInstance[]): Instance {
  let off: () => void = () => undefined;
  let on = true;
  const poweredOff = new Promise<void>((resolve) => {
    off = () => {
      on = false;
      resolve();
    };
  });
  const announced: number[] = [];
  machines.push({ options, shutDown: () => off(), announced, on: () => on });
  return {
    poweredOff,
    announceInterruption: (atMs) => void announced.push(atMs),
    console: () => `booted\n${options.userData.toString()}\n`,
    kill: async () => off(),
    secretFor: () => undefined,
  };
}

export type Seen = { readonly name: string; readonly message: string; readonly status: number | undefined };

/** What the SDK makes of an error; rejects when there is none. */
export async function errorOf(call: Promise<unknown>): Promise<Seen> {
  const error = await call.then(
    () => {
      throw new Error("no error at all");
    },
    (caught: unknown) => caught as Error,
  );
  const metadata = "$metadata" in error ? (error.$metadata as { httpStatusCode?: number }) : {};
  return { name: error.name, message: error.message, status: metadata.httpStatusCode };
}

/** Rejects instead of going on for ever behind a test that has failed long since. */
export async function until(condition: () => boolean, withinMs = 20_000): Promise<void> {
  const lastMs = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > lastMs) throw new Error(`never true: ${condition.toString()}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
