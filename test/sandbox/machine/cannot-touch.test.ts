import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { homedir, hostname, networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { isAlive, processesWith } from "../../helpers/processes.ts";
import { found, startRig, type Rig } from "./rig.ts";
import { until } from "../../helpers/until.ts";

const checkout = fileURLToPath(new URL("../../..", import.meta.url));
let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});

afterEach(() => rig.killAll());
afterAll(() => rig.close());

/** What a machine printed that ran this to its end. */
async function outputOf(script: string): Promise<string> {
  const { output, exit } = await rig.run(`${script}\nexit 0`);
  expect(exit).toEqual({ code: 0, signal: null });
  return output();
}

/** Runs the rest of its line as root of one more user namespace, where everybody has every privilege. */
const nested = "unshare --user --map-root-user --mount";

// each of these would do harm without namespaces, and none is to be tried on the computer itself
(found.kind === "namespaces" ? describe : describe.skip)("a machine cannot touch the computer", () => {
  test("it writes nowhere but below its own /tmp", async () => {
    // whatever a broken wall would let it destroy is ours
    const own = await Promise.all([tmpdir(), "/var/tmp"].map((place) => mkdtemp(join(place, "mayfly-of-somebody-"))));
    const places = ["/", "/etc", "/usr/local/bin", "/var/tmp", "/var/lib", "/dev/shm", "/run", "/sys/fs/cgroup"];
    const all = [...places, ...own, checkout, homedir()].filter((place) => existsSync(place));
    const file = "mayfly-was-here";
    try {
      await Promise.all(own.map((folder) => writeFile(join(folder, "file"), "as it was")));
      const touch = all.map((place) => `touch '${place}/${file}'; mkdir '${place}/${file}.d'`);
      const destroy = own.map((folder) => `echo changed >'${folder}/file'; rm -rf '${folder}'`);
      await outputOf(
        `${[...touch, ...destroy].join("\n")}
        ${nested} sh -c 'mount -o remount,bind,rw /; touch /etc/${file}'
        cd /; touch ${file}; touch /tmp/${file}`,
      );
      const written = all
        .flatMap((place) => [join(place, file), join(place, `${file}.d`)])
        .filter((path) => existsSync(path));
      await Promise.all(written.map((path) => rm(path, { recursive: true })));
      expect(written).toEqual([]);
      expect(existsSync(join(tmpdir(), file))).toBe(false);
      for (const folder of own) expect(readFileSync(join(folder, "file"), "utf8")).toBe("as it was");
    } finally {
      await Promise.all(own.map((folder) => rm(folder, { recursive: true, force: true })));
    }
  });

  test("it cannot undo its mounts, in further namespaces neither", async () => {
    const outside = readFileSync("/proc/self/mountinfo", "utf8");
    const text = await outputOf(
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
      refused nsenter --mount=/proc/1/ns/mnt true
      echo "left: $(ls -d /run/systemd /run/dbus /run/docker* /run/user 2>/dev/null)"`,
    );
    expect(text).not.toContain("done:");
    expect(text.match(/^refused$/gm)).toHaveLength(12);
    expect(text).toContain("left: \n");
    expect(readFileSync("/proc/self/mountinfo", "utf8")).toBe(outside);
  });

  test("it sees no disk and makes no device", async () => {
    const { output, tmpDir } = await rig.run(
      `echo "disks: $(find /dev -type b) $(ls /dev | tr '\\n' ' ')"
      mknod /tmp/disk b 7 0; mknod /tmp/memory c 1 1; mknod /dev/disk b 7 0
      ${nested} mknod /tmp/other b 7 0; echo text >/dev/null && head -c 4 /dev/zero | wc -c`,
    );
    expect(output()).toMatch(/^disks: {2}fd full null ptmx pts random shm stderr stdin stdout tty urandom zero $/m);
    expect(output()).toContain("\n4\n");
    expect(await readdir(tmpDir)).toEqual([]);
    expect(output().match(/mknod:.*Operation not permitted/g)?.length).toBeGreaterThanOrEqual(3);
  });

  test("nothing in it has a privilege that could undo this, or namespaces of others", async () => {
    const text = await outputOf(
      `grep -h Cap /proc/[0-9]*/status | sort -u; readlink /proc/[0-9]*/ns/* | sort -u | wc -l; ls /proc/self/ns | wc -l`,
    );
    const masks = [...text.matchAll(/^Cap\w+:\t(\w+)$/gm)].map(([, mask]) => BigInt(`0x${mask}`));
    // of linux/capability.h
    const [module, rawio, admin, boot, time, mknod] = [16n, 17n, 21n, 22n, 25n, 27n];
    const dropped = [module, rawio, admin, boot, time, mknod].reduce((all, bit) => all | (1n << bit), 0n);
    expect(masks.length).toBeGreaterThan(0);
    expect(masks.filter((mask) => (mask & dropped) !== 0n)).toEqual([]);
    const [different, kinds] = text.trim().split("\n").slice(-2).map(Number);
    // pid and pid_for_children, time and time_for_children are the same
    expect(different).toBe((kinds ?? 0) - 2);
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
    const text = await outputOf(
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
      const text = await outputOf(
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
    const { output, exit } = await rig.run(
      `# only where it is harmless: this is not the computer's first process, and its daemons are out of reach
      [ "$(cat /proc/1/comm)" != systemd ] && [ -z "$(ls -A /run)" ] && [ ! -S /run/systemd/private ] && [ ! -w /var/log ] || exit 9
      ${real.map((path) => `${path} -f; ${path}`).join("\n")}
      date -s "$(date)" || echo "clock refused"
      PATH=/usr/bin:/bin hostname mayfly-was-here || echo "name refused"
      ${nested} sh -c 'hostname mayfly-was-here; echo "$(hostname)"'
      echo "still $(hostname)"`,
      { hostname: "ip-10-1-2-3" },
    );
    expect(exit.code).toBe(0);
    expect(output()).toContain("clock refused");
    expect(output()).toContain("name refused");
    expect(output()).toContain("still ip-10-1-2-3");
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
      const text = await outputOf(
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
      const text = await outputOf(
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
      // fails when the machine has removed it
      execFileSync("ipcrm", ["-m", id]);
    }
  });

  test("it has no file that the sandbox was started with open", async () => {
    const module = new URL("../../../src/sandbox/machine/machine.ts", import.meta.url).href;
    const inherited = join(rig.folder, "inherited");
    const options = `command: "/bin/bash", args: ["-c", "echo written >&200; ls -m /proc/$$/fd; true"],
      env: { PATH: "/usr/bin:/bin" }, tmpDir: "${await mkdtemp(join(rig.folder, "tmp-"))}", readOnly: []`;
    const code = `const { startMachine } = await import("${module}");
      for (const isolation of [undefined, { kind: "processes", reason: "asked for by a test" }]) {
        await (await startMachine({ ${options}, isolation, output: (chunk) => process.stdout.write(chunk) })).exited;
      }`;
    // far from the others: Node closes by itself only what follows the usual three without a gap
    const script = 'exec 5>"$0" 200>"$0"; exec "$@"';
    const node = [process.execPath, "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", code];
    const { stdout } = await promisify(execFile)("bash", ["-c", script, inherited, ...node]);
    expect(stdout.match(/^0, 1, 2$/gm)).toHaveLength(2);
    expect(readFileSync(inherited, "utf8")).toBe("");
  });
});
