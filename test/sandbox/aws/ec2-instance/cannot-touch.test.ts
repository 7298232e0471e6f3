import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { isAlive, processesWith } from "../../../helpers/processes.ts";
import type { InstanceOptions } from "../../../../src/sandbox/aws/ec2/instance/instance.ts";
import { found, startRig, type Rig } from "./rig.ts";
import { until } from "../../../helpers/until.ts";

const checkout = fileURLToPath(new URL("../../../..", import.meta.url));
let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});

afterEach(() => rig.killAll());
afterAll(() => rig.close());

// each of these would do harm without namespaces, and none is to be tried on the computer itself
(found.kind === "namespaces" ? describe : describe.skip)("user data cannot touch the computer", () => {
  test("it is behind the wall of every machine", async () => {
    const { prints, root } = await rig.boot(
      `echo "disks: $(find /dev -type b)"; echo "daemons: $(ls -A /run)"; ls -m /proc/$$/fd
      touch /etc/mayfly-was-here || echo "etc refused"; touch '${checkout}/mayfly-x'
      /bin/mount -t tmpfs none /mnt || echo "mount refused"; mknod "$MAYFLY_ROOT/disk" b 7 0; hostname`,
    );
    const text = await prints("user data ended with exit code 0");
    expect(text).toContain("\ndisks: \ndaemons: \n");
    // 255: bash reads the user data from it
    expect(text).toContain("\n0, 1, 2, 255\n");
    expect(text).toContain("etc refused");
    expect(text).toContain("mount refused");
    expect(text).toContain("\nip-10-1-2-3\n");
    const written = ["/etc/mayfly-was-here", join(checkout, "mayfly-x"), join(root, "disk")];
    expect(written.filter((file) => existsSync(file))).toEqual([]);
  });

  test("the real programs that shut a computer down do nothing", async () => {
    const names = "shutdown poweroff reboot halt".split(" ");
    const real = names.flatMap((one) => [`/sbin/${one}`, `/usr/bin/${one}`]).filter((path) => existsSync(path));
    const { prints } = await rig.boot(
      `# only where it is harmless: this is not the computer's first process, and its daemons are out of reach
      [ "$(cat /proc/1/comm)" != systemd ] && [ -z "$(ls -A /run)" ] && [ ! -S /run/systemd/private ] && [ ! -w /var/log ] || exit 9
      ${real.map((path) => `${path} -f; ${path}`).join("\n")}
      exit 0`,
    );
    await prints("user data ended with exit code 0");
  });

  test("it ends when the sandbox is killed", async () => {
    const name = `mayfly-orphan-${process.pid}`;
    const folder = await mkdtemp(join(rig.folder, "i-"));
    const userData = Buffer.from(`#!/bin/bash\nsetsid bash -c 'exec -a ${name} sleep 50' &\n`);
    const child = sandbox(rig.options(folder, { userData }), "await instance.poweredOff;");
    await until(() => processesWith(`${name}\0`).length === 1);
    const left = processesWith(`${name}\0`);
    child.kill("SIGKILL");
    await until(() => !left.some(isAlive));
  });
});

/** Another process that starts an instance and prints its console when it has done `then`. */
function sandbox(options: InstanceOptions, then: string): ChildProcess {
  const module = (name: string): string => new URL(`../../../../src/sandbox/${name}.ts`, import.meta.url).href;
  const { isolation: _, identity: __, userData, ...plain } = options;
  const code = `const { startInstance } = await import("${module("aws/ec2/instance/start-instance")}");
    const { machineIsolation } = await import("${module("machine/machine-isolation")}");
    const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const identity = { certificatePem: "", sign: () => "" };
    const isolation = await machineIsolation();
    const userData = Buffer.from("${userData.toString("base64")}", "base64");
    const instance = await startInstance({ ...${JSON.stringify(plain)}, userData, identity, isolation });
    ${then}
    process.stdout.write(instance.console());`;
  return spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}
