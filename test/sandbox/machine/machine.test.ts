import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { commandLine, isAlive, processesWith } from "../../helpers/processes.ts";
import { processTable } from "../../../runner-image/supervisor/process-table.ts";
import type { MachineIsolation } from "../../../src/sandbox/machine/machine-isolation.ts";
import { fallback, found, startRig, type Rig } from "./rig.ts";
import { until } from "../../helpers/until.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});

afterEach(() => rig.killAll());
afterAll(() => rig.close());

const start: Rig["start"] = (script, options) => rig.start(script, options);
const run: Rig["run"] = (script, options) => rig.run(script, options);

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

test("where the kernel gives no user namespaces, machines are process groups, and the reason is said", async () => {
  const module = new URL("../../../src/sandbox/machine/machine-isolation.ts", import.meta.url).href;
  const code = `const { machineIsolation } = await import("${module}");
    console.log(JSON.stringify(await machineIsolation()));`;
  // in a namespace of its own, whose setting is nobody else's; where there can be none anyway it is as good
  const script =
    'if unshare --user --map-root-user true; then exec unshare --user --map-root-user sh -c "$0" "$@"; fi; exec "$@"';
  const inside = 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" "$@"';
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", code];
  const { stdout } = await promisify(execFile)("sh", ["-c", script, inside, ...node]);
  expect(JSON.parse(stdout)).toEqual({ kind: "processes", reason: expect.stringMatching(/unshare.*\w/) });
});

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
    const tmpDir = await mkdtemp(join(rig.folder, "tmp-"));
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

  test("killed while it is built it leaves nothing", async () => {
    // stands in the command line of all that builds it and of all that runs in it
    const name = `built-${randomUUID()}`;
    await Promise.all(
      [0, 5, 10, 15, 20, 30, 40, 60].map(async (ms) => {
        const { machine } = await start(`: ${name}; sleep 50; true`);
        await new Promise((resolve) => {
          setTimeout(resolve, ms);
        });
        await machine.kill();
      }),
    );
    const left = processTable().filter(({ pid, zombie }) => !zombie && commandLine(pid).includes(name));
    expect(left).toEqual([]);
  });

  test("its name is the one that it was given, and the computer keeps its own", async () => {
    const { output } = await run("uname -n", { hostname: "ip-10-0-0-1" });
    expect(output()).toBe("ip-10-0-0-1\n");
    expect(hostname()).not.toBe("ip-10-0-0-1");
  });

  test("files belong to the users that they belonged to, as far as there are any", async () => {
    const { output } = await run("stat -c %u /tmp /etc; id -u");
    const [mine, etc, who] = output().split("\n").map(Number);
    expect([mine, who]).toEqual([0, 0]);
    expect(etc).toBe(process.getuid?.() === 0 ? (await stat("/etc")).uid : 65_534);
  });
});
