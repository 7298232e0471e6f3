import { until } from "../../../helpers/until.ts";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeTree } from "../../../../runner-image/supervisor/remove-tree.ts";
import { instanceIdentity } from "../../../../src/sandbox/aws/ec2/instance/instance-identity.ts";
import type { Instance, InstanceOptions } from "../../../../src/sandbox/aws/ec2/instance/instance.ts";
import { startInstance } from "../../../../src/sandbox/aws/ec2/instance/start-instance.ts";
import { machineIsolation, type MachineIsolation } from "../../../../src/sandbox/machine/machine-isolation.ts";

export const isRoot = process.getuid?.() === 0;
export const found = await machineIsolation();
export const fallback: MachineIsolation = { kind: "processes", reason: "asked for by a test" };
/** Every way in which this computer and this user can start an instance. */
export const ways: readonly MachineIsolation[] = [
  ...(found.kind === "namespaces" ? [found] : []),
  ...(isRoot ? [] : [fallback]),
];

export type Booted = {
  readonly instance: Instance;
  readonly folder: string;
  /** Its MAYFLY_ROOT, as it is seen from outside. */
  readonly root: string;
  /** Resolves with the console as soon as the text is on it. */
  readonly prints: (text: string) => Promise<string>;
};

export type Rig = {
  readonly folder: string;
  /** Boots an instance whose user data is this, below the first line of a bash script. */
  boot(script: string, options?: Partial<InstanceOptions>): Promise<Booted>;
  options(folder: string, options?: Partial<InstanceOptions>): InstanceOptions;
  /** Ends what was booted. */
  killAll(): Promise<void>;
  close(): Promise<void>;
};

export async function startRig(): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-instance-"));
  const identity = await instanceIdentity();
  const instances: Instance[] = [];
  const options = (own: string, more: Partial<InstanceOptions> = {}): InstanceOptions => ({
    instanceId: "i-0123456789abcdef0",
    imageId: "ami-0123456789abcdef0",
    instanceType: "c7i.large",
    region: "eu-central-1",
    zone: "eu-central-1a",
    account: "123456789012",
    privateIp: "10.1.2.3",
    market: "spot",
    userData: Buffer.alloc(0),
    folder: own,
    image: {},
    identity,
    awsUrl: "http://127.0.0.1:9",
    roleName: "runner-role",
    isolation: found,
    ...more,
  });
  const killAll = async (): Promise<void> => {
    await Promise.all(instances.splice(0).map((instance) => instance.kill()));
  };
  return {
    folder,
    options,
    async boot(script, more) {
      const own = await mkdtemp(join(folder, "i-"));
      const userData = Buffer.from(`#!/bin/bash\n${script}\n`);
      const instance = await startInstance(options(own, { userData, ...more }));
      instances.push(instance);
      return {
        instance,
        folder: own,
        root: join(own, "tmp", "root"),
        async prints(text) {
          await until(
            () => instance.console().includes(text),
            () => instance.console(),
          );
          return instance.console();
        },
      };
    },
    killAll,
    async close() {
      await killAll();
      await removeTree(folder);
    },
  };
}
