import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { removeTree } from "../../runner-image/supervisor/remove-tree.ts";
import { gzipped } from "../../src/adapters/compute/ec2/gzipped.ts";
import { instanceIdentity } from "../../src/sandbox/aws/ec2/instance/instance-identity.ts";
import type { Instance, InstanceOptions } from "../../src/sandbox/aws/ec2/instance/instance.ts";
import { startInstance } from "../../src/sandbox/aws/ec2/instance/start-instance.ts";
import { startFakeAws } from "../../src/sandbox/aws/start.ts";
import { faultSupply } from "../../src/sandbox/faults.ts";
import { machineIsolation } from "../../src/sandbox/machine/machine-isolation.ts";
import { runnerName, secrets, startHostChannel, type HostChannel, type HostChannelOptions } from "./host-channel.ts";
import { startLogsGate, type LogsGate } from "./logs-gate.ts";

export const region = "eu-central-1";
const instanceId = "i-0fedcba9876543210";
const script = readFileSync(new URL("../../ec2-bootstrap/user-data.sh", import.meta.url), "utf8");

export type Settings = Readonly<Record<string, string | number>>;

export type BootOptions = Pick<HostChannelOptions, "claim" | "job" | "event" | "grant"> & {
  /** The body of the scripted `bin/Runner.Listener` (bash); null: the image has no runner. */
  readonly listener?: string | null;
  /** Instead of a scripted one: a whole distribution. */
  readonly distribution?: string;
  /** Beside and over the usual settings; `undefined` leaves one out. */
  readonly settings?: Readonly<Record<string, string | number | undefined>>;
  readonly logsDown?: boolean;
  /** Programs whose every call is written down, with its arguments, before it is carried out: see `Booted.calls`. */
  readonly written?: readonly string[];
  readonly instance?: Partial<InstanceOptions>;
  /** Files of the image, by their path in the home of the user `runner`. */
  readonly home?: Readonly<Record<string, string>>;
  /** The only files in its `/proc`, as far as it counts with them; undefined: this computer's. */
  readonly proc?: Readonly<Record<string, string>>;
};

export type Booted = {
  readonly instance: Instance;
  readonly channel: HostChannel;
  readonly logs: LogsGate;
  /** Its MAYFLY_ROOT, as it is seen from outside. */
  readonly root: string;
  /** A file of the home of the user `runner`. */
  readonly read: (name: string) => string;
  /** Command lines of the programs that were `written` down, one after the other. */
  readonly calls: () => string;
  /** Resolves with the console when the machine has powered off. */
  readonly off: () => Promise<string>;
  /** Makes the file `go-on` in that home, for which a scripted listener may wait. */
  readonly goOn: () => Promise<void>;
  /** For `until`: its console, and what the host channel answered. */
  readonly known: () => string;
};

export type Rig = {
  readonly folder: string;
  boot(options?: BootOptions): Promise<Booted>;
  close(): Promise<void>;
};

/** Instances of the sandbox that run the real user data against a host channel and the fake of CloudWatch Logs. */
export async function startRig(): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-user-data-"));
  const identity = await instanceIdentity();
  const isolation = await machineIsolation();
  const aws = await startFakeAws({
    region,
    account: "123456789012",
    dataDir: join(folder, "aws"),
    faults: faultSupply([]),
    functions: {},
  });
  await makeLogGroup(aws.url);
  const ends: (() => Promise<void>)[] = [];

  const boot = async (options: BootOptions = {}): Promise<Booted> => {
    const own = await mkdtemp(join(folder, "i-"));
    const distribution = options.distribution ?? (await layOutDistribution(own, options.listener));
    const channel = await startHostChannel({ ...options, certificatePem: identity.certificatePem, instanceId });
    const logs = await startLogsGate(aws.url, options.logsDown);
    const inside = isolation.kind === "namespaces" ? "/tmp" : join(own, "tmp");
    const environment = await writeDown(inside, distribution, options.written);
    const root = join(own, "tmp", "root");
    await writeFiles(join(root, "home/runner"), options.home);
    await writeFiles(join(root, "proc"), options.proc);
    const userData = userDataWith({ ...usualSettings(channel.url), ...options.settings });
    const instance = await startInstance({
      instanceId,
      imageId: "ami-0123456789abcdef0",
      instanceType: "c7i.large",
      region,
      zone: `${region}a`,
      account: "123456789012",
      privateIp: "10.1.2.3",
      market: "spot",
      userData: gzipped(userData),
      folder: own,
      image: { runnerDistribution: distribution, environment },
      identity,
      awsUrl: logs.url,
      roleName: "runner-role",
      isolation,
      ...options.instance,
    });
    ends.push(async () => {
      await instance.kill();
      await Promise.all([channel.close(), logs.close()]);
    });
    const known = (): string => `${instance.console()}\n${channel.answers.join("\n")}`;
    const off = async (): Promise<string> => {
      const isOff = instance.poweredOff.then(() => true);
      if (!(await Promise.race([isOff, sleep(40_000, false, { ref: false })]))) {
        throw new Error(`never powered off\n${known()}`);
      }
      return instance.console();
    };
    const read = (name: string): string => readFileSync(join(root, "home/runner", name), "utf8");
    const calls = (): string => readFileSync(join(root, "calls"), "utf8");
    const goOn = async (): Promise<void> => await writeFile(join(root, "home/runner/go-on"), "");
    return { instance, channel, logs, root, read, calls, off, goOn, known };
  };
  return {
    folder,
    boot,
    async close() {
      await Promise.all(ends.map(async (end) => await end()));
      await aws.close();
      await removeTree(folder);
    },
  };
}

async function writeFiles(folder: string, files: BootOptions["home"]): Promise<void> {
  if (files === undefined) return;
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/** Puts programs before the given ones that write their command line into the instance's root; returns its PATH. */
async function writeDown(
  inside: string,
  distribution: string | undefined,
  programs: readonly string[] = [],
): Promise<Record<string, string>> {
  if (distribution === undefined || programs.length === 0) return {};
  const folder = join(distribution, "written");
  const path = `${inside}/instance/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  await mkdir(folder);
  for (const name of programs) {
    const text = `#!/bin/bash
# one write: several programs write at the same time
printf '%s\\n' "${name} $*" >>${inside}/root/calls
exec "$(PATH=\${PATH#*:} type -P ${name})" "$@"
`;
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
  return { PATH: `${folder}:${path}` };
}

function usualSettings(hostUrl: string): Settings {
  return {
    MAYFLY_RUNNER: runnerName,
    MAYFLY_TOKEN: secrets.token,
    MAYFLY_HOST_URL: hostUrl,
    MAYFLY_CLAIM_BY_MS: Date.now() + 20_000,
    MAYFLY_END_BY_MS: Date.now() + 60_000,
    MAYFLY_POLL_SECONDS: 1,
    MAYFLY_SHIP_SECONDS: 1,
  };
}

/** The script with its settings in place of its second line, as the provider of EC2 writes it before it packs it. */
export function userDataWith(settings: Readonly<Record<string, string | number | undefined>>): string {
  const lines = script.split("\n");
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  lines.splice(1, 1, ...given.map(([name, value]) => `${name}='${value}'`));
  return lines.join("\n");
}

async function layOutDistribution(folder: string, listener: string | null | undefined): Promise<string | undefined> {
  if (listener === null) return undefined;
  const distribution = join(folder, "distribution");
  await mkdir(join(distribution, "bin"), { recursive: true });
  const file = join(distribution, "bin", "Runner.Listener");
  await writeFile(file, `#!/bin/bash\n${listener ?? said()}\n`);
  await chmod(file, 0o755);
  return distribution;
}

/** For a listener's script: goes on when `Booted.goOn` was called. */
export const untilGoOn = `while [ ! -e "$HOME/go-on" ]; do sleep 0.05; done`;
const at = "2026-11-22 10:00:00Z:";
/** Lines of a listener's script that say what the real one says. */
export const listening = `echo "√ Connected to GitHub"; echo "${at} Listening for Jobs"`;
export const running = `echo "${at} Running job: build"`;

/** A listener that gets one job and ends with this exit code; `job` is what happens while it runs. */
export function said(exitCode = 100, result = "Succeeded", job = ""): string {
  return `${listening}\n${running}\n${job}\necho "${at} Job build completed with result: ${result}"\nexit ${exitCode}`;
}

async function makeLogGroup(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
  const client = new CloudWatchLogsClient({ region, endpoint, credentials });
  await client.send(new CreateLogGroupCommand({ logGroupName: "/mayfly/runners" }));
  client.destroy();
}
