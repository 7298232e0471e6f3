import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { startMachine, type Machine } from "../../../machine/machine.ts";
import { consoleOutput } from "./console-output.ts";
import { initScript } from "./init-script.ts";
import type { Instance, InstanceOptions } from "./instance.ts";
import { layOutImage } from "./lay-out-image.ts";
import { metadataPaths } from "./metadata/metadata-paths.ts";
import { startMetadataServer } from "./metadata/metadata-server.ts";
import { roleCredentials } from "./metadata/role-credentials.ts";
import { writeStandIns } from "./stand-in-files.ts";

const defaultLifetimeSeconds = 21_600;
const hostPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Boots an instance: a machine with a root directory of its own (MAYFLY_ROOT), its metadata, and stand-ins for the
 * programs that would change the computer it runs on. Rejects when it cannot be started, as root also where machines
 * cannot be had by namespaces; nothing is left then.
 */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  if (options.isolation.kind === "processes" && process.getuid?.() === 0) {
    throw new Error(
      `No instance is started as root where it cannot have namespaces of its own (${options.isolation.reason}): ` +
        "its user data could change this computer. Run as another user.",
    );
  }
  const launchedAtMs = Date.now();
  const lifetimeMs = (options.credentialsLifetimeSeconds ?? defaultLifetimeSeconds) * 1000;
  const credentials = roleCredentials(lifetimeMs);
  let interruptionAtMs: number | undefined;
  const paths = metadataPaths(options, launchedAtMs, credentials, () => interruptionAtMs);
  const output = consoleOutput();
  const metadata = await startMetadataServer(paths);
  let machine: Machine;
  try {
    machine = await boot(options, metadata.url, (chunk) => output.write(chunk));
  } catch (error) {
    await metadata.close();
    throw error;
  }
  const poweredOff = machine.exited.then(() => metadata.close());
  return {
    poweredOff,
    announceInterruption(atMs) {
      if (options.market !== "spot") throw new Error(`${options.instanceId} is no spot instance`);
      interruptionAtMs = atMs;
    },
    console: () => output.text(),
    async kill() {
      await machine.kill();
      await poweredOff;
    },
    secretFor: (accessKeyId) => credentials.find(accessKeyId),
  };
}

const run = promisify(execFile);

async function boot(options: InstanceOptions, metadataUrl: string, output: (chunk: Buffer) => void): Promise<Machine> {
  const { isolation, image, userData } = options;
  const distribution = image.runnerDistribution === undefined ? undefined : resolve(image.runnerDistribution);
  const tmpDir = resolve(options.folder, "tmp");
  const inside = isolation.kind === "namespaces" ? "/tmp" : tmpDir;
  const place = join(inside, "instance");
  const root = join(inside, "root");
  const outsidePlace = join(tmpDir, "instance");
  await mkdir(outsidePlace, { recursive: true });
  const hostname = `ip-${options.privateIp.replaceAll(".", "-")}`;
  await layOutImage(join(tmpDir, "root"), hostname, distribution);
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  await writeStandIns(outsidePlace, { place, root, hostPath, architecture });
  await writeFile(join(outsidePlace, "user-data"), userData, { mode: 0o600 });
  await writeFile(join(outsidePlace, "packages"), distribution === undefined ? "" : "docker.io\n");
  await run("mkfifo", ["-m", "600", join(outsidePlace, "power")]);
  return await startMachine({
    command: "/bin/sh",
    args: ["-c", initScript, "sh", place, root],
    env: {
      PATH: `${join(place, "bin")}:${hostPath}`,
      LANG: "C.UTF-8",
      MAYFLY_ROOT: root,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadataUrl,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: options.awsUrl,
      ...(isolation.kind === "namespaces" ? {} : { TMPDIR: tmpDir }),
      ...image.environment,
    },
    tmpDir,
    hostname,
    readOnly: [...(distribution === undefined ? [] : [distribution]), dirname(process.execPath)],
    output,
    isolation,
  });
}
