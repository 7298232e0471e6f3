import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { removeTree } from "../../runner-image/supervisor/remove-tree.ts";
import { listen, shut } from "../../src/sandbox/aws/http.ts";
import { startRig, type Rig } from "./rig.ts";
import { until } from "../helpers/until.ts";

type Report = { ok: boolean; checks: { name: string; status: string; detail: string }[] };

const file = new URL("../../ec2-bootstrap/verify-setup.sh", import.meta.url).pathname;
let rig: Rig;
let folder: string;
let github: Awaited<ReturnType<typeof listen>>;
beforeAll(async () => {
  rig = await startRig();
  folder = await mkdtemp(join(tmpdir(), "mayfly-verify-"));
  github = await listen((_request, response) => response.end("{}"), 0);
});
afterAll(async () => {
  await rig.close();
  await shut(github.server);
  await removeTree(folder);
});

const statuses = ({ checks }: Report): Record<string, string> =>
  Object.fromEntries(checks.map(({ name, status }) => [name, status]));

describe("inside an instance", () => {
  /** Runs it as the instance's user data. */
  const inside = async (args: string, before = ""): Promise<{ report: Report; console: string }> => {
    const options = `set -- --json --github-url http://${github.address} ${args}`;
    const script = readFileSync(file, "utf8").replace("#!/bin/bash\n", `#!/bin/bash\n${before}\n${options}\n`);
    const { instance } = await rig.boot({
      listener: '[ "$*" = --version ] && echo 2.337.0',
      instance: { userData: Buffer.from(script) },
    });
    const ended = "[sandbox] user data ended";
    await until(
      () => instance.console().includes(ended),
      () => instance.console(),
    );
    const console = instance.console();
    await instance.kill();
    return { report: JSON.parse(/^\{\n[\s\S]*?^\}$/m.exec(console)?.[0] ?? "") as Report, console };
  };
  const ready = {
    "docker.installed": "ok",
    "docker.daemon": "ok",
    "runner.user": "warn",
    "runner.listener": "ok",
    "runner.version": "ok",
    "disk.free": "ok",
    "disk.type": expect.stringMatching(/ok|warn/),
    memory: "ok",
    "network.dns": "ok",
    "network.github": "ok",
    "network.metadata": "ok",
    "service.cloud-init": "warn",
    "service.user-data": "warn",
    "service.backstop": "warn",
    "service.job-hook": "warn",
  };

  test("of a prebuilt image before the user data has run: nothing fails", async () => {
    const { report, console } = await inside("--min-disk-gb 1 --min-memory-mb 64");
    expect(statuses(report)).toEqual(ready);
    expect(report.ok).toBe(true);
    expect(console).toContain("user data ended with exit code 0");
    expect(report.checks.find(({ name }) => name === "runner.version")?.detail).toBe("2.337.0");
  });

  test.each([
    ["packed", "gzip"],
    ["as a text", "cat"],
  ])(
    "when the user data, %s, has set it up: the user, the runner's name and the backstop are seen",
    async (_, pack) => {
      const before = `useradd -m runner; usermod -aG docker runner; mkdir -p $MAYFLY_ROOT/run/mayfly
printf '%s\\n' '#!/bin/bash' "MAYFLY_RUNNER='mayfly-77-1'" | ${pack} >$MAYFLY_ROOT/var/lib/cloud/instance/user-data.txt
systemd-run -q --unit=mayfly-backstop --on-active=60s shutdown -h now; : >$MAYFLY_ROOT/var/lib/cloud/instance/boot-finished`;
      const { report } = await inside("--min-disk-gb 1 --min-memory-mb 64", before);
      expect(statuses(report)).toEqual({
        ...ready,
        "runner.user": "ok",
        "service.cloud-init": "ok",
        "service.user-data": "ok",
        "service.backstop": "ok",
      });
      expect(report.checks.find(({ name }) => name === "service.user-data")?.detail).toBe(
        "runner mayfly-77-1 is being set up",
      );
    },
  );

  test.each([
    ["that asks nothing", "", "ok", "none: Mayfly is not asked before a job of this runner"],
    ["with its hook", "mkfifo $hook.ask $hook.answer; : >$hook.sh", "ok", "/run/mayfly-job.sh"],
    ["without its pipe", "mkfifo $hook.ask; : >$hook.sh", "fail", "no job can begin"],
    ["without its hook", "mkfifo $hook.ask $hook.answer", "fail", "no job can begin"],
    [
      "whose hook others can write",
      "mkfifo $hook.ask $hook.answer; : >$hook.sh; chmod 664 $hook.sh",
      "fail",
      "could be changed by others than root",
    ],
  ])("of a claimed runner %s: the job hook is %s", async (_what, made, status, detail) => {
    const before = `hook=$MAYFLY_ROOT/run/mayfly-job; mkdir -p $MAYFLY_ROOT/run/mayfly; : >$MAYFLY_ROOT/run/mayfly/log; ${made}`;
    const { report } = await inside("--min-disk-gb 1 --min-memory-mb 64", before);
    expect(report.checks.find(({ name }) => name === "service.job-hook")).toMatchObject({
      status,
      detail: expect.stringContaining(detail),
    });
    expect(report.ok).toBe(status === "ok");
  });

  test("with less disk and memory than wanted: fails with exit code 1", async () => {
    const { report, console } = await inside("--min-disk-gb 99999999 --min-memory-mb 99999999");
    expect(statuses(report)).toEqual({ ...ready, "disk.free": "fail", memory: "fail" });
    expect(report.ok).toBe(false);
    expect(console).toContain("user data ended with exit code 1");
  });
});

describe("where nothing is there", () => {
  test("fails in words, and in JSON whatever the programs say", async () => {
    const programs = join(folder, "bin");
    const root = join(folder, "root");
    await mkdir(programs);
    await mkdir(root);
    const said = String.raw`printf 'a "quoted" \\ back\tslash \033[31m \377\303 %%s $HOME\nsecond'; exit 1`;
    for (const name of ["docker", "id", "systemctl", "cloud-init", "getent"]) {
      await writeFile(join(programs, name), `#!/bin/bash\n${said}\n`);
      await chmod(join(programs, name), 0o755);
    }
    const env = {
      PATH: `${programs}:/usr/bin:/bin`,
      MAYFLY_ROOT: root,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:9",
    };
    const args = ["--github-url", "http://127.0.0.1:9", "--timeout", "2"];
    const text = await run(args, env);
    expect(text.code).toBe(1);
    expect(text.output).toMatch(/^fail {2}docker\.daemon +does not answer: a "quoted" \\ back slash/m);
    expect(text.output).toMatch(/^fail {2}network\.metadata/m);
    const json = await run([...args, "--json"], env);
    expect(json.code).toBe(1);
    const report = JSON.parse(json.output) as Report;
    expect(report.ok).toBe(false);
    expect(report.checks.find(({ name }) => name === "docker.daemon")?.detail).toBe(
      'does not answer: a "quoted" \\ back slash \u001b[31m ?? %s $HOME second',
    );
    expect(report.checks.filter(({ status }) => status === "fail").map(({ name }) => name)).toEqual([
      "docker.installed",
      "docker.daemon",
      "runner.listener",
      "network.dns",
      "network.github",
      "network.metadata",
    ]);
  });
});

describe("its options", () => {
  test.each([
    [["--frobnicate"], "unknown option --frobnicate"],
    [["--min-disk-gb"], "--min-disk-gb takes a value"],
    [["--min-disk-gb", "many"], 'takes a whole number above 0, not "many"'],
    [["--timeout", "0"], "takes a whole number above 0"],
    [["--github-url", "file:///etc/passwd"], "takes an http or https URL"],
  ])("%j is wrong usage", async (args, message) => {
    const { code, output } = await run(args, { PATH: "/usr/bin:/bin" });
    expect(code).toBe(2);
    expect(output).toContain(message);
  });

  test("a MAYFLY_ROOT that is not there is wrong usage too", async () => {
    const { code } = await run([], { PATH: "/usr/bin:/bin", MAYFLY_ROOT: "/nowhere/at/all" });
    expect(code).toBe(2);
  });

  test("are documented: --help names each, and the README all of them", async () => {
    const { code, output } = await run(["--help"], { PATH: "/usr/bin:/bin" });
    expect(code).toBe(0);
    const readme = readFileSync(new URL("../../ec2-bootstrap/README.md", import.meta.url), "utf8");
    for (const option of ["--json", "--min-disk-gb", "--min-memory-mb", "--github-url", "--timeout"]) {
      expect(output).toContain(option);
      expect(readme).toContain(option);
    }
  });
});

async function run(args: string[], env: Record<string, string>): Promise<{ code: number; output: string }> {
  return await new Promise((resolve) => {
    execFile("/bin/bash", [file, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, output: stdout + stderr });
    });
  });
}
