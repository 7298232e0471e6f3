import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync, closeSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { homedir, hostname, networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { isAlive, processesWith } from "../../../helpers/processes.ts";
import type { InstanceOptions } from "../../../../src/sandbox/aws/ec2/instance/instance.ts";
import { found, startRig, until, type Rig } from "./rig.ts";

const checkout = fileURLToPath(new URL("../../../..", import.meta.url));
let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});

afterEach(() => rig.killAll());
afterAll(() => rig.close());

/** The console of an instance whose user data was this, when that has ended. */
async function consoleOf(script: string): Promise<string> {
  const { prints } = await rig.boot(script);
  return await prints("user data ended");
}

/** Runs the rest of its line as root of one more user namespace, where everybody has every privilege. */
const nested = "unshare --user --map-root-user --mount";

// each of these would do harm without namespaces, and none is to be tried on the computer itself
(found.kind === "namespaces" ? describe : describe.skip)("user data cannot touch the computer", () => {
  test("it writes nowhere but below its own /tmp", async () => {
    const mine = await mkdtemp(join(tmpdir(), "mayfly-of-somebody-"));
    const places = ["/", "/etc", "/usr/local/bin", "/var/tmp", "/var/lib", "/dev/shm", "/run", "/sys/fs/cgroup"];
    const all = [...places, checkout, homedir(), mine].filter((place) => existsSync(place));
    const file = "mayfly-was-here";
    try {
      await writeFile(join(mine, "file"), "as it was");
      const script = all.map((place) => `touch '${place}/${file}'; mkdir '${place}/${file}.d'`).join("\n");
      await consoleOf(
        `${script}\necho changed >'${mine}/file'; rm -rf '${mine}' '${checkout}/package.json' /etc/hostname
        ${nested} sh -c 'mount -o remount,bind,rw /; touch /etc/${file}'
        cd /; touch ${file}; touch /tmp/${file}`,
      );
      const written = all
        .flatMap((place) => [join(place, file), join(place, `${file}.d`)])
        .filter((path) => existsSync(path));
      await Promise.all(written.map((path) => rm(path, { recursive: true })));
      expect(written).toEqual([]);
      expect(existsSync(join(tmpdir(), file))).toBe(false);
      expect(readFileSync(join(mine, "file"), "utf8")).toBe("as it was");
      expect(existsSync(join(checkout, "package.json"))).toBe(true);
    } finally {
      await rm(mine, { recursive: true, force: true });
    }
  });

  test("it cannot undo its mounts, in further namespaces neither", async () => {
    const outside = readFileSync("/proc/self/mountinfo", "utf8");
    const text = await consoleOf(
      `refused() { "$@" 2>/dev/null && echo "done: $*" || echo refused; }
      refused mount -o remount,rw /
      refused mount -o remount,bind,rw /
      refused mount -t tmpfs none /mnt
      refused umount /tmp
      refused umount /run
      refused umount /dev
      refused ${nested} umount /run
      refused ${nested} umount /dev
      refused ${nested} umount -l /tmp
      refused ${nested} mount -o remount,bind,rw /
      refused ${nested} --pid --fork mount -t proc proc /proc
      refused ls /proc/1/root/
      refused nsenter --mount=/proc/1/ns/mnt true
      echo "left: $(ls -d /run/systemd /run/dbus /run/docker* /run/user 2>/dev/null)"`,
    );
    expect(text).not.toContain("done:");
    expect(text.match(/^refused$/gm)).toHaveLength(13);
    expect(text).toContain("left: \n");
    expect(readFileSync("/proc/self/mountinfo", "utf8")).toBe(outside);
  });

  test("it sees no disk and makes no device", async () => {
    const { prints, root } = await rig.boot(
      `echo "disks: $(find /dev -type b) $(ls /dev | tr '\\n' ' ')"
      mknod "$MAYFLY_ROOT/disk" b 7 0; mknod "$MAYFLY_ROOT/memory" c 1 1; mknod /dev/disk b 7 0
      ${nested} mknod "$MAYFLY_ROOT/other" b 7 0; echo text >/dev/null && head -c 4 /dev/zero | wc -c`,
    );
    const text = await prints("user data ended");
    expect(text).toMatch(/^disks: {2}fd full null ptmx pts random shm stderr stdin stdout tty urandom zero $/m);
    expect(text).toContain("\n4\n");
    const names = await readdir(root);
    const kinds = await Promise.all(names.map((name) => stat(join(root, name))));
    expect(names.filter((_, at) => kinds[at]?.isBlockDevice() || kinds[at]?.isCharacterDevice())).toEqual([]);
    expect(text.match(/mknod:.*Operation not permitted/g)?.length).toBeGreaterThanOrEqual(3);
  });

  test("it cannot write the kernel's settings", async () => {
    // settings that may hold anything for a moment; each is put back if it should have been changed
    const settings = [
      "kernel/printk_ratelimit_burst",
      "vm/stat_interval",
      "net/core/message_burst",
      "fs/lease-break-time",
    ];
    const files = settings.map((name) => `/proc/sys/${name}`).filter((file) => existsSync(file));
    const before = files.map((file) => readFileSync(file, "utf8"));
    const write = files.map((file, at) => `echo ${Number(before[at]) + 1} >${file} || echo refused`);
    const text = await consoleOf(
      `${write.join("\n")}
      ${nested} --pid --fork sh -c 'mount -t proc proc /proc; ${write.join("; ")}'
      ${nested} --pid --fork --net sh -c 'mount -t sysfs sys /sys && echo fresh'
      echo h >/proc/sysrq-trigger || echo refused`,
    );
    const after = files.map((file) => readFileSync(file, "utf8"));
    for (const [at, file] of files.entries()) {
      if (after[at] !== before[at]) await writeFile(file, before[at] ?? "");
    }
    expect(files.length).toBeGreaterThan(0);
    expect(after).toEqual(before);
    expect(text.match(/^refused$/gm)).toHaveLength(2 * files.length + 1);
    expect(text).not.toContain("fresh");
  });

  test("it signals and reads no process of the computer", async () => {
    const name = `mayfly-bystander-${process.pid}`;
    const bystander = spawn("bash", ["-c", `exec -a ${name} sleep 60`], { stdio: "ignore", detached: true });
    try {
      await until(() => processesWith(`${name}\0`).length === 1);
      const text = await consoleOf(
        `kill -9 ${bystander.pid} || echo refused; kill -9 -${bystander.pid} || echo refused
        ls /proc/${bystander.pid} || echo refused; ${nested} kill -9 ${bystander.pid} || echo refused
        grep -l ${name} /proc/[0-9]*/comm /proc/[0-9]*/environ; kill -9 1; echo alive`,
      );
      expect(text.match(/^refused$/gm)).toHaveLength(4);
      expect(text).toContain("alive");
      expect(isAlive(bystander.pid ?? 0)).toBe(true);
    } finally {
      bystander.kill("SIGKILL");
    }
  });

  test("it cannot really shut down, restart, or set the clock or the name of the computer", async () => {
    const name = hostname();
    const names = "shutdown poweroff reboot halt".split(" ");
    const real = names.flatMap((one) => [`/sbin/${one}`, `/usr/bin/${one}`]).filter((path) => existsSync(path));
    const text = await consoleOf(
      `# only where it is harmless: this is not the computer's first process, and its daemons are out of reach
      [ "$(cat /proc/1/comm)" != systemd ] && [ -z "$(ls -A /run)" ] && [ ! -S /run/systemd/private ] || exit 9
      ${real.map((path) => `${path} -f; ${path}`).join("\n")}
      date -s "$(date)" || echo "clock refused"
      PATH=/usr/bin:/bin hostname mayfly-was-here || echo "name refused"
      ${nested} sh -c 'hostname mayfly-was-here; echo "$(hostname)"'
      echo "still $(hostname)"`,
    );
    expect(text).toContain("clock refused");
    expect(text).toContain("name refused");
    expect(text).toContain("still ip-10-1-2-3");
    expect(text).toContain("user data ended with exit code 0");
    expect(hostname()).toBe(name);
  });

  test("it reaches no daemon by a socket in the file system", async () => {
    const places = ["/var/tmp", "/run", "/dev/shm"];
    const servers: Server[] = [];
    const folders: string[] = [];
    let connections = 0;
    try {
      for (const place of places) {
        const folder = await mkdtemp(join(place, "mayfly socket ")).catch(() => undefined);
        if (folder === undefined) continue;
        folders.push(folder);
        const server = createServer((socket) => {
          connections += 1;
          socket.end("HTTP/1.0 200 OK\r\n\r\ndaemon");
        }).listen(join(folder, "daemon"));
        await once(server, "listening");
        servers.push(server);
      }
      const curl = folders.map((folder) => `curl -sS --unix-socket '${folder}/daemon' http://daemon/`).join("\n");
      const fromOutside = await promisify(execFile)("sh", ["-c", curl]);
      expect(fromOutside.stdout).toBe("daemon".repeat(folders.length));
      connections = 0;
      const text = await consoleOf(
        `${curl}\n${nested} sh -c 'umount "${folders[0]}/daemon"; ${curl.replaceAll("'", '"')}'`,
      );
      expect(folders.length).toBeGreaterThan(0);
      expect(text.match(/curl: /g)).toHaveLength(2 * folders.length);
      expect(connections).toBe(0);
    } finally {
      for (const server of servers) server.close();
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
    }
  });

  test("it changes nothing of the network and sees no shared memory", async () => {
    const before = Object.keys(networkInterfaces());
    const id = /\d+/.exec(execFileSync("ipcmk", ["-M", "16"]).toString())?.[0] ?? "";
    try {
      const text = await consoleOf(
        `ip link add mayfly0 type dummy
        for tool in /usr/sbin/iptables /usr/sbin/nft; do [ ! -x $tool ] || $tool -N mayfly || echo refused; done
        ipcs -m -i ${id}; ipcrm -m ${id}; echo "segments: $(ipcs -m | grep -c '^0x')"`,
      );
      const made = existsSync("/sys/class/net/mayfly0");
      if (made) execFileSync("ip", ["link", "delete", "mayfly0"]);
      expect(made).toBe(false);
      expect(text).toContain("segments: 0");
      expect(Object.keys(networkInterfaces())).toEqual(before);
    } finally {
      // fails when the instance has removed it
      execFileSync("ipcrm", ["-m", id]);
    }
  });

  test("it has no file that the sandbox was started with open", async () => {
    const outer = join(rig.folder, "inherited");
    const folder = await mkdtemp(join(rig.folder, "i-"));
    const inherited = openSync(outer, "w");
    const userData = "#!/bin/bash\necho written >&3\nls /proc/self/fd | tr '\\n' ' '; echo seen\n";
    const child = sandbox(
      rig.options(folder, { userData }),
      'while (!instance.console().includes("user data ended")) await later(10); await instance.kill();',
      inherited,
    );
    let text = "";
    child.stdout?.on("data", (chunk) => (text += String(chunk)));
    await once(child, "close");
    closeSync(inherited);
    expect(text).toMatch(/^0 1 2 3 seen$/m);
    expect(readFileSync(outer, "utf8")).toBe("");
  });

  test("it ends when the sandbox is killed", async () => {
    const name = `mayfly-orphan-${process.pid}`;
    const folder = await mkdtemp(join(rig.folder, "i-"));
    const userData = `#!/bin/bash\nsetsid bash -c 'exec -a ${name} sleep 50' &\n`;
    const child = sandbox(rig.options(folder, { userData }), "await instance.poweredOff;");
    await until(() => processesWith(`${name}\0`).length === 1);
    const left = processesWith(`${name}\0`);
    child.kill("SIGKILL");
    await until(() => !left.some(isAlive));
  });
});

/** Another process that starts an instance and prints its console when it has done `then`. */
function sandbox(options: InstanceOptions, then: string, inherited?: number): ChildProcess {
  const module = (name: string): string => new URL(`../../../../src/sandbox/${name}.ts`, import.meta.url).href;
  const { isolation: _, identity: __, ...plain } = options;
  const code = `const { startInstance } = await import("${module("aws/ec2/instance/start-instance")}");
    const { machineIsolation } = await import("${module("machine/machine-isolation")}");
    const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const identity = { certificatePem: "", sign: () => "" };
    const isolation = await machineIsolation();
    const instance = await startInstance({ ...${JSON.stringify(plain)}, identity, isolation });
    ${then}
    process.stdout.write(instance.console());`;
  return spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit", ...(inherited === undefined ? [] : [inherited])],
  });
}
