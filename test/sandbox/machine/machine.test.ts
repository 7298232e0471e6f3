import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { isAlive, processesWith } from "../../helpers/processes.ts";
import { machineIsolation } from "../../../src/sandbox/machine/machine-isolation.ts";
import type { MachineIsolation } from "../../../src/sandbox/machine/machine-isolation.ts";
import { startMachine } from "../../../src/sandbox/machine/machine.ts";
import type { Machine, MachineExit, MachineOptions } from "../../../src/sandbox/machine/machine.ts";

const checkout = fileURLToPath(new URL("../../..", import.meta.url));
const found = await machineIsolation();
const fallback: MachineIsolation = { kind: "processes", reason: "asked for by a test" };

let folder: string;
const machines: Machine[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mayfly-machine-"));
});

afterEach(async () => {
  await Promise.all(machines.splice(0).map((machine) => machine.kill()));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

type Started = { readonly machine: Machine; readonly tmpDir: string; readonly output: () => string };

async function start(script: string, options: Partial<MachineOptions> = {}): Promise<Started> {
  const tmpDir = await mkdtemp(join(folder, "tmp-"));
  let text = "";
  const machine = await startMachine({
    command: "/bin/bash",
    args: ["-c", script],
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", TMP_DIR: tmpDir },
    tmpDir,
    readOnly: [],
    output: (chunk) => (text += chunk.toString()),
    ...options,
  });
  machines.push(machine);
  return { machine, tmpDir, output: () => text };
}

async function run(
  script: string,
  options: Partial<MachineOptions> = {},
): Promise<Started & { readonly exit: MachineExit }> {
  const started = await start(script, options);
  return { ...started, exit: await started.machine.exited };
}

/** Rejects instead of going on for ever behind a test that has failed long since. */
async function until(condition: () => boolean, withinMs = 20_000): Promise<void> {
  const lastMs = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > lastMs) throw new Error(`never true: ${condition.toString()}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

/** A process of ours that no machine may touch. */
function bystander(name: string): ChildProcess {
  return spawn("bash", ["-c", `exec -a ${name} sleep 60`], { stdio: "ignore", detached: true });
}

// both ways where the computer allows both: without namespaces the fallback is all there is, and is tested all the same
const ways = found.kind === "namespaces" ? [found, fallback] : [fallback];

describe.each(ways)("a machine by $kind", (isolation) => {
  test("runs a command, hands on all of its output, and says how it ended", async () => {
    const { exit, output, machine } = await run("echo out; echo err >&2; exit 3", { isolation });
    expect(exit).toEqual({ code: 3, signal: null });
    expect(output().split("\n").toSorted()).toEqual(["", "err", "out"]);
    expect(machine.isolation).toBe(isolation.kind);
  });

  test("has the given environment and nothing of ours", async () => {
    const { output } = await run("env", { isolation, env: { PATH: "/usr/bin:/bin", ONLY: "this" } });
    expect(output()).toContain("ONLY=this");
    expect(output()).not.toContain("HOME=");
  });

  test("a command that does not exist ends it with an error", async () => {
    const { exit } = await run("", { isolation, command: "/nowhere/at-all", args: [] });
    expect(exit.code).toBeGreaterThan(0);
  });

  test("reaches 127.0.0.1", async () => {
    const server = createServer((_, response) => response.end("hello machine\n"));
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    const script = `exec 3<>/dev/tcp/127.0.0.1/${port}; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`;
    const { output } = await run(script, { isolation });
    server.close();
    expect(output()).toContain("hello machine");
  });

  test("kill ends what runs in it, whatever it did to hide, and nothing else", async () => {
    const [one, two] = [`hidden-one-${randomUUID()}`, `hidden-two-${randomUUID()}`];
    const innocent = bystander(one);
    try {
      const script = [
        `( ( setsid bash -c 'trap "" TERM INT; exec -a ${one} sleep 50' & ) & )`,
        `bash -c 'exec -a ${two} sleep 50' &`,
        "echo ready; sleep 50",
      ].join("\n");
      const { machine, output } = await start(script, { isolation });
      await until(() => output().includes("ready"));
      await until(() => processesWith(`${one}\0`).length === 2 && processesWith(`${two}\0`).length === 1);
      const before = [...processesWith(`${one}\0`), ...processesWith(`${two}\0`)];
      await machine.kill();
      expect(before.filter(isAlive)).toEqual([innocent.pid]);
      expect(isAlive(machine.pid)).toBe(false);
      await machine.kill();
    } finally {
      innocent.kill("SIGKILL");
    }
  });

  test("a process that a job left behind in its own session ends with the command", async () => {
    const name = `left-behind-${randomUUID()}`;
    // the command waits until it has been seen from outside: only then can its end say anything
    const script = `( ( setsid bash -c 'exec -a ${name} sleep 50' & ) & ); until [ -e "$SEEN" ]; do sleep 0.01; done`;
    const { machine, tmpDir } = await start(script, { isolation, env: environment(isolation) });
    await until(() => processesWith(`${name}\0`).length === 1);
    const left = processesWith(`${name}\0`);
    await writeFile(join(tmpDir, "seen"), "");
    expect(await machine.exited).toEqual({ code: 0, signal: null });
    expect(left.filter(isAlive)).toEqual([]);
    expect(isAlive(machine.pid)).toBe(false);

    function environment({ kind }: MachineIsolation): Record<string, string> {
      return { PATH: "/usr/bin:/bin", SEEN: kind === "namespaces" ? "/tmp/seen" : "seen" };
    }
  });

  test("frozen it stands still, thawed it goes on", async () => {
    const { machine, output } = await start("while :; do echo tick; sleep 0.02; done", { isolation });
    await until(() => output().includes("tick"));
    await machine.freeze();
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
    const frozen = output().length;
    await new Promise((resolve) => {
      setTimeout(resolve, 150);
    });
    expect(output()).toHaveLength(frozen);
    machine.thaw();
    await until(() => output().length > frozen);
    await machine.freeze();
    await machine.kill();
    expect(isAlive(machine.pid)).toBe(false);
  });
});

if (found.kind === "processes") {
  test(`namespaces are forbidden here (${found.reason}): the kernel itself says so`, async () => {
    const trial = promisify(execFile)("unshare", ["--user", "--map-root-user", "--pid", "--fork", "--mount", "true"]);
    await expect(trial).rejects.toThrow();
  });
}

// each of these would fail without namespaces, and none is to be tried on the computer itself
(found.kind === "namespaces" ? describe : describe.skip)("a machine by namespaces", () => {
  test("see nobody's processes but their own, and cannot signal others", async () => {
    const innocent = bystander("somebody-else");
    try {
      const script = `ls /proc | grep -c '^[0-9]'; kill -9 ${innocent.pid} 2>/dev/null || echo refused`;
      const { output } = await run(script);
      expect(Number(output().split("\n")[0])).toBeLessThan(10);
      expect(output()).toContain("refused");
      expect(isAlive(innocent.pid ?? 0)).toBe(true);
    } finally {
      innocent.kill("SIGKILL");
    }
  });

  test("have a /tmp of their own, which is the directory that they were given", async () => {
    const { output, tmpDir } = await run("ls -A /tmp; echo text > /tmp/file; cat /tmp/file");
    expect(output()).toBe("text\n");
    expect(await readFile(join(tmpDir, "file"), "utf8")).toBe("text\n");
    expect(existsSync("/tmp/file")).toBe(false);
  });

  test("cannot write anywhere else", async () => {
    const places = ["/etc", "/usr", "/", "/var/tmp", checkout, homedir()].filter((place) => existsSync(place));
    const script = places.map((place) => `touch '${place}/mayfly-was-here' 2>&1 || echo refused`);
    const { output } = await run(`${script.join("\n")}\n: >/proc/sys/kernel/domainname || echo refused`);
    const written = places.map((place) => join(place, "mayfly-was-here")).filter((file) => existsSync(file));
    await Promise.all(written.map((file) => rm(file)));
    expect(written).toEqual([]);
    expect(output().match(/^refused$/gm)).toHaveLength(places.length + 1);
  });

  test("cannot make anything writable again, as root neither", async () => {
    const script =
      "mount -o remount,bind,rw / || echo refused; umount /tmp || echo refused; touch /etc/mayfly-was-here";
    const { output } = await run(script);
    const written = existsSync("/etc/mayfly-was-here");
    if (written) await rm("/etc/mayfly-was-here");
    expect(written).toBe(false);
    expect(output().match(/^refused$/gm)).toHaveLength(2);
  });

  test("see what they need even below /tmp, read-only, and nothing else there", async () => {
    const code = await mkdtemp("/tmp/mayfly code ");
    try {
      await mkdir(join(code, "deep"));
      await writeFile(join(code, "deep", "script.sh"), "echo from the code");
      const script = `bash '${code}/deep/script.sh'; touch '${code}/x' 2>/dev/null || echo read-only; ls -A /tmp`;
      const { output } = await run(script, { readOnly: [code] });
      expect(output()).toBe(`from the code\nread-only\n${code.slice("/tmp/".length)}\n`);
      expect(await readFile(join(code, "deep", "script.sh"), "utf8")).toBe("echo from the code");
    } finally {
      await rm(code, { recursive: true, force: true });
    }
  });

  test("end when the process that started them is killed", async () => {
    const module = new URL("../../../src/sandbox/machine/machine.ts", import.meta.url).href;
    const tmpDir = await mkdtemp(join(folder, "tmp-"));
    const options = `command: "/bin/sleep", args: ["50"], env: { PATH: process.env.PATH }, tmpDir: "${tmpDir}", readOnly: []`;
    const code = `const { startMachine } = await import("${module}");
      const machine = await startMachine({ ${options}, output() {} });
      process.stdout.write(String(machine.pid));`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pid = await new Promise<number>((resolve) => {
      parent.stdout.once("data", (chunk) => resolve(Number(String(chunk))));
    });
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await until(() => !isAlive(pid));
  });
});
