import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { isAlive, processesWith } from "../../../helpers/processes.ts";
import { startInstance } from "../../../../src/sandbox/aws/ec2/instance/start-instance.ts";
import { fallback, found, isRoot, startRig, ways, type Booted, type Rig } from "./rig.ts";
import { until } from "../../../helpers/until.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});

afterEach(() => rig.killAll());
afterAll(() => rig.close());

const metadataToken =
  'token=$(curl -sS -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" "$AWS_EC2_METADATA_SERVICE_ENDPOINT/latest/api/token")\n' +
  'metadata() { curl -sS -w " %{http_code}\\n" -H "X-aws-ec2-metadata-token: $token" "$AWS_EC2_METADATA_SERVICE_ENDPOINT/latest/$1"; }\n';

describe.each(ways)("an instance by $kind", (isolation) => {
  const boot = (script: string, more: Parameters<Rig["boot"]>[1] = {}): Promise<Booted> =>
    rig.boot(script, { isolation, ...more });

  test("runs its user data with bash, and the console shows what it prints", async () => {
    const { prints, root } = await boot("[[ -n $BASH_VERSION ]] && echo out; echo err >&2; false; exit 3");
    const text = await prints("user data ended with exit code 3");
    expect(text).toContain("\nout\nerr\n");
    await until(() => existsSync(join(root, "var/lib/cloud/instance/boot-finished")));
    expect(await readFile(join(root, "var/lib/cloud/instance/user-data.txt"), "utf8")).toContain("echo out");
  });

  test("user data that is no script is not run, and the console says so", async () => {
    const { prints } = await boot("", { userData: Buffer.from("#cloud-config\nruncmd: [[touch, was-run]]\n") });
    expect(await prints("is not run")).toContain("its first line does not begin with #!");
    const none = await boot("", { userData: Buffer.alloc(0) });
    await none.prints("no user data");
  });

  const hello = "#!/bin/bash\necho was run\n";
  const packed = gzipSync(hello);

  test.each([
    ["gzip", packed],
    ["gzip in two members", Buffer.concat([gzipSync("#!/bin/bash\n"), gzipSync("echo was run\n")])],
    ["gzip with zeros behind it", Buffer.concat([packed, Buffer.alloc(8)])],
  ])("user data that is %s is unpacked and run; as a file it stays as it is", async (_what, userData) => {
    const { prints, root } = await boot("", { userData });
    await prints("\nwas run\n");
    expect(await readFile(join(root, "var/lib/cloud/instance/scripts/part-001"), "utf8")).toBe(hello);
    expect(await readFile(join(root, "var/lib/cloud/instance/user-data.txt"))).toEqual(userData);
  });

  test.each([
    ["gzip that is cut off", packed.subarray(0, -9)],
    ["gzip of another sum", Buffer.concat([packed.subarray(0, -8), Buffer.alloc(4), packed.subarray(-4)])],
    ["gzip with a text behind it", Buffer.concat([packed, Buffer.from("text")])],
    ["gzip of gzip", gzipSync(packed)],
    // which the program gzip would unpack as well
    ["zip", zipOf(hello)],
  ])("user data that is %s is not run", async (_what, userData) => {
    const { prints } = await boot("", { userData });
    expect(await prints("is not run")).not.toContain("was run");
  });

  test("gzip of nothing is no user data", async () => {
    const { prints } = await boot("", { userData: gzipSync("") });
    await prints("no user data");
  });

  test("goes on running when the user data has ended, and what that left behind too", async () => {
    const name = `left-${randomUUID()}`;
    const { instance, prints } = await boot(`setsid bash -c 'exec -a ${name} sleep 50' &`);
    await prints("user data ended with exit code 0");
    await until(() => processesWith(`${name}\0`).length === 1);
    const over = await Promise.race([instance.poweredOff.then(() => true), later(100)]);
    expect(over).toBe(false);
    expect(processesWith(`${name}\0`)).toHaveLength(1);
  });

  test.each(["shutdown -h now", "shutdown -P +0", "poweroff", "systemctl poweroff", "sudo shutdown now", "halt"])(
    "%s ends everything in it",
    async (command) => {
      const names = ["own-session", "renamed", "background", "orphan"].map((name) => `${name}-${randomUUID()}`);
      const [session, renamed, background, orphan] = names;
      const { instance, prints, root } = await boot(
        [
          `setsid bash -c 'trap "" TERM INT HUP; exec -a ${session} sleep 50' &`,
          `( exec -a ${renamed} sleep 50 ) &`,
          `bash -c 'exec -a ${background} sleep 50' & disown`,
          `( ( setsid bash -c 'exec -a ${orphan} sleep 50' & ) & )`,
          'echo ready; until [ -e "$MAYFLY_ROOT/seen" ]; do sleep 0.02; done',
          command,
          "sleep 50; echo never",
        ].join("\n"),
      );
      await prints("ready");
      await until(() => names.every((name) => processesWith(`${name}\0`).length === 1));
      const before = names.flatMap((name) => processesWith(`${name}\0`));
      await writeFile(join(root, "seen"), "");
      await instance.poweredOff;
      expect(before).toHaveLength(4);
      expect(before.filter(isAlive)).toEqual([]);
      expect(instance.console()).toContain(command.replace("sudo ", ""));
      expect(instance.console()).toContain("powers off");
      expect(instance.console()).not.toContain("never");
    },
  );

  test("kill ends everything in it, its metadata too, and may be called again", async () => {
    const name = `killed-${randomUUID()}`;
    const { instance, prints } = await boot(
      `setsid bash -c 'exec -a ${name} sleep 50' & echo "at $AWS_EC2_METADATA_SERVICE_ENDPOINT"; sleep 50`,
    );
    const url = /at (http:\S+)/.exec(await prints("at http://127.0.0.1:"))?.[1] ?? "";
    await until(() => processesWith(`${name}\0`).length === 1);
    expect((await fetch(`${url}/latest/`)).status).toBe(401);
    const before = processesWith(`${name}\0`);
    await Promise.all([instance.kill(), instance.kill()]);
    await instance.poweredOff;
    await instance.kill();
    expect(before.filter(isAlive)).toEqual([]);
    await expect(fetch(`${url}/latest/`)).rejects.toThrow("fetch failed");
  });

  test("its environment is what an image gives, and nothing of ours", async () => {
    process.env["MAYFLY_TEST_OF_OURS"] = "ours";
    const { prints } = await boot("env -0 | tr '\\0' '\\n'; pwd", {
      image: { environment: { GIVEN: "by the image" } },
    });
    delete process.env["MAYFLY_TEST_OF_OURS"];
    const text = await prints("user data ended");
    const lines = text.split("\n").filter((line) => /^\w+=/.test(line));
    const names = lines.map((line) => line.replace(/=.*/, ""));
    const expected = ["AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "GIVEN", "LANG"];
    const shells = ["MAYFLY_ROOT", "OLDPWD", "PATH", "PWD", "SHLVL", "_"];
    const processes = isolation.kind === "processes" ? ["MAYFLY_MACHINE_PROCESS", "TMPDIR"] : [];
    expect(names.toSorted()).toEqual([...expected, ...shells, ...processes].toSorted());
    expect(text).toContain("GIVEN=by the image");
    const path = lines
      .find((line) => line.startsWith("PATH="))
      ?.split(":")
      .slice(1);
    expect(path).toEqual(["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]);
    expect(text).toContain("\n/\n");
  });

  test("reads its own metadata; an interruption is announced when it is", async () => {
    const { instance, prints } = await boot(
      `${metadataToken}metadata meta-data/instance-id; metadata meta-data/spot/instance-action | tail -n 1
      until metadata meta-data/spot/instance-action | grep -q 200; do sleep 0.05; done
      metadata meta-data/spot/instance-action`,
    );
    expect(await prints(" 404")).toContain("i-0123456789abcdef0 200");
    instance.announceInterruption(Date.parse("2026-11-22T10:20:30Z"));
    expect(await prints("user data ended")).toContain('{"action":"terminate","time":"2026-11-22T10:20:30Z"}');
  });

  test("the keys that it was given are known outside", async () => {
    const { instance, prints } = await boot(`${metadataToken}metadata meta-data/iam/security-credentials/runner-role`);
    const text = await prints("user data ended");
    const [, key = ""] = /"AccessKeyId" : "(\w+)"/.exec(text) ?? [];
    const [, secret] = /"SecretAccessKey" : "([^"]+)"/.exec(text) ?? [];
    expect(secret).toMatch(/^.{40}$/);
    expect(instance.secretFor(key)?.secretAccessKey).toBe(secret);
    expect(instance.secretFor("AKIDEXAMPLE")).toBeUndefined();
  });

  test("one on demand is never interrupted", async () => {
    const { instance } = await boot("sleep 50", { market: "on-demand" });
    expect(() => instance.announceInterruption(0)).toThrow("no spot instance");
  });

  test("two at once have each its own root, metadata and stand-ins", async () => {
    const script = 'echo "$MAYFLY_WHO" >"$MAYFLY_ROOT/who"; [ "$MAYFLY_WHO" = one ] && shutdown now; sleep 50';
    const [one, two] = await Promise.all(
      ["one", "two"].map((who) => boot(script, { image: { environment: { MAYFLY_WHO: who } } })),
    );
    await one?.instance.poweredOff;
    const who = join(two?.root ?? "", "who");
    await until(() => existsSync(who));
    expect(await readFile(who, "utf8")).toBe("two\n");
    expect(await readFile(join(one?.root ?? "", "who"), "utf8")).toBe("one\n");
    expect(await Promise.race([two?.instance.poweredOff.then(() => true), later(50)])).toBe(false);
  });

  describe("a prebuilt image", () => {
    test("has a runner that may write into its root, and leaves the distribution as it is", async () => {
      const distribution = await runnerDistribution();
      const { prints, root } = await boot(
        `cd "$MAYFLY_ROOT/opt/mayfly/runner" && bin/Runner.Listener run && cat externals/file
        echo changed >bin/config && echo text >.runner && echo text >_work/file && echo text >_diag/log && ls -A`,
        { image: { runnerDistribution: distribution } },
      );
      const text = await prints("user data ended with exit code 0");
      expect(text).toContain("listener run\nan external\n");
      const runner = join(root, "opt/mayfly/runner");
      expect((await readdir(runner)).toSorted()).toEqual([".runner", "_diag", "_work", "bin", "externals", "run.sh"]);
      expect(await readlink(join(runner, "externals"))).toBe(join(distribution, "externals"));
      expect((await lstat(join(runner, "bin"))).isDirectory()).toBe(true);
      expect(await readFile(join(distribution, "bin/config"), "utf8")).toBe("as it was");
      expect((await readdir(distribution)).toSorted()).toEqual([".runner", "_work", "bin", "externals", "run.sh"]);
      await rm(distribution, { recursive: true });
    });

    test("has Docker, a stock one not", async () => {
      const distribution = await runnerDistribution();
      const script = "systemctl is-active docker; docker version >/dev/null; echo docker $?";
      const prebuilt = await boot(script, { image: { runnerDistribution: distribution } });
      expect(await prebuilt.prints("user data ended")).toContain("\nactive\ndocker 0\n");
      const stock = await boot(script);
      expect(await stock.prints("user data ended")).toMatch(/\ninactive\n[^\n]*not found[^\n]*\ndocker 127\n/);
      expect(existsSync(join(stock.root, "opt/mayfly"))).toBe(false);
      await rm(distribution, { recursive: true });
    });

    test("of something that is no runner is not started", async () => {
      const folder = await mkdtemp(join(rig.folder, "no-runner-"));
      await expect(boot("true", { image: { runnerDistribution: folder } })).rejects.toThrow("is not a runner");
    });
  });
});

if (isRoot) {
  test("as root nothing is started without namespaces, and the error says why", async () => {
    const folder = await mkdtemp(join(rig.folder, "i-"));
    const userData = Buffer.from("#!/bin/sh\ntouch /etc/mayfly-was-here\n");
    const options = rig.options(folder, { isolation: fallback, userData });
    await expect(startInstance(options)).rejects.toThrow(/as root.*asked for by a test/s);
    expect(await readdir(folder)).toEqual([]);
  });
}

test("this computer starts instances in some way", () => {
  expect(found.kind === "namespaces" || !isRoot).toBe(true);
});

/** The head of one file as a zip archive begins with it, and that file. */
function zipOf(text: string): Buffer {
  const data = deflateRawSync(text);
  const head = Buffer.alloc(31);
  head.write("PK\x03\x04\x14", "latin1");
  head.writeUInt16LE(8, 8);
  head.writeUInt32LE(crc32(text), 14);
  head.writeUInt32LE(data.length, 18);
  head.writeUInt32LE(text.length, 22);
  head.writeUInt16LE(1, 26);
  head.write("a", 30);
  return Buffer.concat([head, data]);
}

async function later(ms: number): Promise<false> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
  return false;
}

/** In a folder with a space; somebody has run it in place, which must not show. */
async function runnerDistribution(): Promise<string> {
  const root = await mkdtemp(join(rig.folder, "the runner "));
  await Promise.all(["bin", "externals", "_work"].map((folder) => mkdir(join(root, folder))));
  await writeFile(join(root, "bin/Runner.Listener"), '#!/bin/sh\necho "listener $*"\n');
  await chmod(join(root, "bin/Runner.Listener"), 0o755);
  await writeFile(join(root, "bin/config"), "as it was");
  await writeFile(join(root, "externals/file"), "an external\n");
  await writeFile(join(root, "run.sh"), "");
  await writeFile(join(root, ".runner"), "of another");
  return root;
}
