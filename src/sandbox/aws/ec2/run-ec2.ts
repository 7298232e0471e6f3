import { join } from "node:path";
import type { Faults } from "../../faults.ts";
import type { MachineIsolation } from "../../machine/machine-isolation.ts";
import type { Ec2Api } from "./answer-ec2.ts";
import { fleet } from "./fleet.ts";
import { instanceIdentity } from "./instance/instance-identity.ts";
import { startInstance } from "./instance/start-instance.ts";
import type { Ec2Operation } from "./operations.ts";
import type { Ec2Options, Ec2Rates, Ec2Timings, InstanceStateName, InstanceView } from "./options.ts";
import { tokenBucket } from "./token-bucket.ts";

export type RunningEc2Options = {
  readonly region: string;
  readonly account: string;
  readonly dataDir: string;
  readonly isolation: MachineIsolation;
  readonly faults: Faults;
  readonly settings: Ec2Options;
  /** The stand-in's own address, known before the first request. */
  readonly awsUrl: () => string;
  readonly onCall: (operation: Ec2Operation) => void;
  readonly onChange: (instanceId: string, what: InstanceStateName | "notice") => void;
};

export type RunningEc2 = {
  /** Answers its requests; undefined where there is no EC2. */
  readonly api: Ec2Api | undefined;
  /** Of what signs the instances' identity documents. */
  readonly certificatePem: string;
  /** Every instance that there ever was. */
  instances(): InstanceView[];
  /** Announces to the running spot instances with these tags that they will be ended, and does so; how many there are. */
  interruptSpot(tags: Readonly<Record<string, string>>): number;
  /** A job has started on this runner: lets the fault `ec2.spot-interruption` strike if its machine is a spot instance. */
  jobStarted(runnerName: string): void;
  consoleFile(instanceId: string): string;
  close(): Promise<void>;
};

/** AWS's own (https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html). */
const defaultRates: Ec2Rates = {
  RunInstances: { burst: 5, perSecond: 2 },
  launchedInstances: { burst: 1000, perSecond: 2 },
  DescribeInstances: { burst: 100, perSecond: 20 },
  TerminateInstances: { burst: 100, perSecond: 5 },
  GetConsoleOutput: { burst: 100, perSecond: 20 },
};

/** Shorter than AWS's, but for the notice and for how long a terminated instance is shown. */
const defaultTimings: Ec2Timings = {
  pendingMs: 100,
  shuttingDownMs: 100,
  terminatedVisibleMs: 3_600_000,
  spotNoticeMs: 120_000,
};

/** Starts the stand-in for EC2, without its HTTP server. */
export async function runEc2(options: RunningEc2Options): Promise<RunningEc2> {
  const { region, account, dataDir, isolation, faults, settings, awsUrl, onCall, onChange } = options;
  const identity = await instanceIdentity();
  const rates = { ...defaultRates, ...settings.rates };
  const machines = fleet({
    region,
    account,
    isolation,
    identity,
    folder: join(dataDir, "instances"),
    consoleFolder: join(dataDir, "consoles"),
    timings: { ...defaultTimings, ...settings.timings },
    startInstance: settings.startInstance ?? startInstance,
    awsUrl,
    onChange,
  });
  const context = {
    region,
    account,
    options: settings,
    fleet: machines,
    launchedInstances: tokenBucket(rates.launchedInstances),
    launches: new Map(),
    shown: new Set<number>(),
  };
  const buckets = {
    RunInstances: tokenBucket(rates.RunInstances),
    DescribeInstances: tokenBucket(rates.DescribeInstances),
    TerminateInstances: tokenBucket(rates.TerminateInstances),
    GetConsoleOutput: tokenBucket(rates.GetConsoleOutput),
  };
  const spotInstances = (tags: Readonly<Record<string, string>>) =>
    machines.all().filter((instance) => {
      const own = instance.facts.plan.tags["instance"] ?? {};
      const meets = Object.entries(tags).every(([key, value]) => own[key] === value);
      return meets && instance.facts.plan.market === "spot" && instance.state() === "running";
    });
  const interruptSpot = (tags: Readonly<Record<string, string>>): number => {
    const found = spotInstances(tags);
    for (const instance of found) instance.interrupt();
    return found.length;
  };
  return {
    api: { context, buckets, faults, onCall },
    certificatePem: identity.certificatePem,
    instances: () => machines.all().map((instance) => machines.view(instance)),
    interruptSpot,
    jobStarted(runnerName) {
      const tags = { "mayfly:runner": runnerName };
      if (spotInstances(tags).length === 0) return;
      if (faults.take("ec2", "spot-interruption") === "notice") interruptSpot(tags);
    },
    consoleFile: (instanceId) => machines.consoleFile(instanceId),
    close: () => machines.close(),
  };
}
