import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MachineIsolation } from "../../machine/machine-isolation.ts";
import { ec2Instance, type Ec2Instance, type InstanceFacts, type StateReason } from "./ec2-instance.ts";
import type { InstanceIdentity } from "./instance/instance-identity.ts";
import type { LaunchPlan } from "./launch-plan.ts";
import type { Ec2Timings, InstanceStateName, InstanceView, StartInstance } from "./options.ts";

export type FleetOptions = {
  readonly region: string;
  readonly account: string;
  readonly isolation: MachineIsolation;
  readonly identity: InstanceIdentity;
  /** The instances' own folders are made in here while they live. */
  readonly folder: string;
  /** Their consoles are kept in here. */
  readonly consoleFolder: string;
  readonly timings: Ec2Timings;
  readonly startInstance: StartInstance;
  /** An instance has changed its state, or is told that it will be ended. */
  readonly onChange: (instanceId: string, what: InstanceStateName | "notice") => void;
  /** Known when the first instance starts. */
  readonly awsUrl: () => string;
};

export type Fleet = {
  launch(plan: LaunchPlan, count: number, more?: LaunchDetails): Ec2Instance[];
  /** Every instance that there ever was, in the order of their launch. */
  all(): readonly Ec2Instance[];
  /** Those that EC2 still knows: not terminated too long ago. */
  known(): Ec2Instance[];
  view(instance: Ec2Instance): InstanceView;
  /** Path of the text file with an instance's console as it is now. */
  consoleFile(id: string): string;
  close(): Promise<void>;
};

export type LaunchDetails = {
  readonly clientToken?: string | undefined;
  /** They end at once, for this reason. */
  readonly stillborn?: StateReason | undefined;
};

/** All instances of the stand-in for EC2. */
export function fleet(options: FleetOptions): Fleet {
  const { consoleFolder, timings } = options;
  const instances: Ec2Instance[] = [];
  let closed = false;
  mkdirSync(consoleFolder, { recursive: true });
  const consoleFile = (id: string): string => join(consoleFolder, `${id}.log`);
  const keep = (id: string, text: string): void => {
    try {
      writeFileSync(consoleFile(id), text);
    } catch {
      // a folder that somebody has removed meanwhile must not keep an instance from ending
    }
  };

  return {
    launch(plan, count, { clientToken, stillborn } = {}) {
      if (closed) return [];
      const reservationId = newId("r");
      const launched = Array.from({ length: count }, (_, launchIndex) => {
        const number = instances.length + launchIndex;
        const facts = factsOf({ number, reservationId, launchIndex, plan, clientToken });
        return ec2Instance({
          facts,
          timings,
          stillborn,
          folder: join(options.folder, facts.id),
          start: () => start(options, facts),
          onChange: (what) => options.onChange(facts.id, what),
          onConsole: (text) => keep(facts.id, text),
        });
      });
      instances.push(...launched);
      return launched;
    },
    all: () => instances,
    known() {
      const sinceMs = Date.now() - timings.terminatedVisibleMs;
      return instances.filter((instance) => (instance.terminatedAtMs() ?? Number.POSITIVE_INFINITY) > sinceMs);
    },
    view(instance) {
      const { id, plan, launchedAtMs } = instance.facts;
      return {
        id,
        state: instance.state(),
        type: plan.instanceType,
        imageId: plan.imageId,
        diskGb: plan.rootGb,
        subnet: plan.subnetId,
        market: plan.market,
        tags: plan.tags["instance"] ?? {},
        launchedAtMs,
        stateReason: instance.stateReason()?.code,
      };
    },
    consoleFile(id) {
      const instance = instances.find(({ facts }) => facts.id === id);
      if (instance !== undefined) keep(id, instance.console());
      return consoleFile(id);
    },
    async close() {
      closed = true;
      await Promise.all(instances.map(async (instance) => await instance.close()));
    },
  };
}

function start(options: FleetOptions, { id, plan, privateIp }: InstanceFacts) {
  const { region, account, isolation, identity, folder, awsUrl, startInstance } = options;
  const { imageId, instanceType, zone, market, userData, image, instanceProfile: roleName } = plan;
  return startInstance({
    instanceId: id,
    imageId,
    instanceType,
    region,
    zone,
    account,
    privateIp,
    market,
    userData,
    folder: join(folder, id),
    image,
    identity,
    awsUrl: awsUrl(),
    roleName,
    isolation,
  });
}

type Origin = Pick<InstanceFacts, "number" | "reservationId" | "launchIndex" | "plan" | "clientToken">;

function factsOf(origin: Origin): InstanceFacts {
  const { plan, number } = origin;
  const host = number + 10;
  return {
    ...origin,
    id: newId("i"),
    privateIp: `10.0.${Math.floor(host / 250) % 256}.${(host % 250) + 4}`,
    launchedAtMs: Date.now(),
    spotRequestId: plan.market === "spot" ? `sir-${randomBytes(4).toString("hex")}` : undefined,
    networkInterfaceId: newId("eni"),
    volumeIds: plan.blockDevices.map(() => newId("vol")),
  };
}

/** As EC2 makes them: 17 hexadecimal digits. */
function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString("hex")}`;
}
