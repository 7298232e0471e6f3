import { execFile, execFileSync, type ExecFileException } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, chmod, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { root } from "../repo/source-files.ts";
import { missingPrograms } from "./missing-programs.ts";
import { ofKind, settingsOf, stagesOf } from "./dockerfile-rules.ts";

/**
 * The build's own commands for what it downloads, run here by bash with the real tar, unzip, jq, sha256sum and gpg:
 * `/opt` is a folder of the test, and `curl` gives files that the test made.
 */
const [download] = stagesOf(await readFile(join(root, "runner-image/Dockerfile"), "utf8")).filter(
  ({ name }) => name === "download",
);
const instructions = download?.instructions ?? [];

function commandsThatGet(file: string): string {
  const script = ofKind(instructions, "RUN")
    .map((run) => run.getRawArgumentsContent() ?? "")
    .find((text) => text.includes(` -o ${file} `));
  if (script === undefined) throw new Error(`no command of the Dockerfile gets ${file}`);
  return script;
}

const missing = missingPrograms("bash", "gpg", "jq", "sha256sum", "tar", "unzip", "xz", "zip");
const here = missing.length === 0 ? describe : describe.skip;
const needs = missing.length === 0 ? "" : `, which needs ${missing.join(", ")}`;

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

type Build = {
  readonly opt: string;
  readonly work: string;
  /** Puts a file where the build's curl gets it, and tells its SHA-256. */
  serve(name: string, from: string): Promise<string>;
  /** Runs the commands that get `file`; resolves with exit code and what was printed. */
  run(file: string, given?: Readonly<Record<string, string>>): Promise<{ code: number; printed: string }>;
  fetched(): Promise<string[]>;
};

const curl = `#!/usr/bin/env bash
while [ $# -gt 1 ]; do [ "$1" != -o ] || { out=$2; shift; }; shift; done
echo "$1" >>"$SERVED/.log"
[ -e "$SERVED/\${1##*/}" ] || { echo "curl: (22) $1: 404" >&2; exit 22; }
cp "$SERVED/\${1##*/}" "$out"
`;

async function prepare(): Promise<Build> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-downloads-"));
  folders.push(folder);
  const [opt, work, served, bin] = [
    join(folder, "opt"),
    join(folder, "work"),
    join(folder, "served"),
    join(folder, "bin"),
  ];
  for (const each of [opt, work, served, bin]) await mkdir(each);
  await writeFile(join(bin, "curl"), curl, { mode: 0o755 });
  const defaults = Object.fromEntries(settingsOf(instructions).map(({ name, value }) => [name, value]));
  return {
    opt,
    work,
    async serve(name, from) {
      const bytes = await readFile(from);
      await writeFile(join(served, name), bytes);
      return createHash("sha256").update(bytes).digest("hex");
    },
    run(file, given = {}) {
      const path = `${bin}:${process.env["PATH"] ?? ""}`;
      const env = { ...defaults, TARGETARCH: "amd64", HOME: folder, PATH: path, SERVED: served, ...given };
      const script = commandsThatGet(file).replaceAll("/opt/", `${opt}/`);
      return new Promise((resolve) => {
        execFile("bash", ["--norc", "-euo", "pipefail", "-c", script], { cwd: work, env }, (error, stdout, stderr) => {
          resolve({ code: exitCode(error), printed: stdout + stderr });
        });
      });
    },
    fetched: async () => (await readFile(join(served, ".log"), "utf8")).trim().split("\n"),
  };
}

function exitCode(error: ExecFileException | null): number {
  return error === null ? 0 : typeof error.code === "number" ? error.code : -1;
}

/** A tree with a marker at `file`, packed by `pack` from its own folder. */
async function archive(build: Build, file: string, pack: (from: string, to: string) => void): Promise<string> {
  const from = join(dirname(build.work), "tree");
  await mkdir(join(from, dirname(file)), { recursive: true });
  await writeFile(join(from, file), "#!/bin/sh\necho marker\n");
  await chmod(join(from, file), 0o755);
  const to = join(dirname(build.work), "archive");
  pack(from, to);
  return to;
}

here(`the Actions runner${needs}`, () => {
  type Pinned = { readonly build: Build; readonly pin: (sha256: string) => Promise<void>; readonly sha256: string };

  async function pinned(): Promise<Pinned> {
    const build = await prepare();
    const packed = await archive(build, "bin/Runner.Listener", (tree, to) => {
      execFileSync("mkdir", ["-p", `${tree}/externals/node24`, `${tree}/externals/node24_alpine`]);
      execFileSync("tar", ["-czf", to, "-C", tree, "."]);
    });
    const sha256 = await build.serve("actions-runner-linux-arm64-9.9.9.tar.gz", packed);
    const url = "https://example.com/actions-runner-linux-arm64-9.9.9.tar.gz";
    const pin = (sum: string): Promise<void> =>
      writeFile(join(build.work, "runner.json"), JSON.stringify({ arm64: { url, sha256: sum } }));
    return { build, pin, sha256 };
  }

  test("is laid out from the archive that runner.json names, without the copies for containers", async () => {
    const { build, pin, sha256 } = await pinned();
    await pin(sha256);
    expect(await build.run("runner.tar.gz", { TARGETARCH: "arm64" })).toMatchObject({ code: 0 });
    expect(await build.fetched()).toEqual(["https://example.com/actions-runner-linux-arm64-9.9.9.tar.gz"]);
    const runner = join(build.opt, "actions-runner");
    expect(existsSync(join(runner, "bin/Runner.Listener"))).toBe(true);
    expect(existsSync(join(runner, "externals/node24"))).toBe(true);
    expect(existsSync(join(runner, "externals/node24_alpine"))).toBe(false);
    expect(existsSync(join(build.work, "runner.tar.gz"))).toBe(false);
  });

  test("is not laid out when its SHA-256 is another", async () => {
    const { build, pin, sha256 } = await pinned();
    await pin(sha256.replace(/^./, (digit) => (digit === "0" ? "1" : "0")));
    const { code, printed } = await build.run("runner.tar.gz", { TARGETARCH: "arm64" });
    expect(code).not.toBe(0);
    expect(printed).toContain("runner.tar.gz: FAILED");
    expect(existsSync(join(build.opt, "actions-runner"))).toBe(false);
  });

  test("is not laid out when nobody pinned it for the architecture", async () => {
    const { build, pin, sha256 } = await pinned();
    await pin(sha256);
    expect((await build.run("runner.tar.gz", { TARGETARCH: "amd64" })).code).not.toBe(0);
    expect(existsSync(join(build.opt, "actions-runner"))).toBe(false);
  });
});

here(`Node${needs}`, () => {
  test.each([
    ["amd64", "x64", "NODE_SHA256_X64"],
    ["arm64", "arm64", "NODE_SHA256_ARM64"],
  ])("for %s", async (engineArch, nodeArch, name) => {
    const build = await prepare();
    const packed = await archive(build, `node-v9.9.9-linux-${nodeArch}/bin/node`, (from, to) => {
      execFileSync("tar", ["-cJf", to, "-C", from, `node-v9.9.9-linux-${nodeArch}`]);
    });
    const sha256 = await build.serve(`node-v9.9.9-linux-${nodeArch}.tar.xz`, packed);
    const given = { TARGETARCH: engineArch, NODE_VERSION: "9.9.9" };
    expect((await build.run("node.tar.xz", given)).printed).toContain("node.tar.xz: FAILED");
    expect(existsSync(join(build.opt, "node"))).toBe(false);
    expect(await build.run("node.tar.xz", { ...given, [name]: sha256 })).toMatchObject({ code: 0 });
    expect(await build.fetched()).toContain(`https://nodejs.org/dist/v9.9.9/node-v9.9.9-linux-${nodeArch}.tar.xz`);
    expect(existsSync(join(build.opt, "node/bin/node"))).toBe(true);
    expect(await readlink(join(build.opt, "bin/node"))).toBe(join(build.opt, "node/bin/node"));
  });
});

/** A key of the test's own in `home`; tells its fingerprint and its public half. */
function makeKey(home: string): { readonly fingerprint: string; readonly publicKey: Buffer } {
  const gpg = (...args: readonly string[]): Buffer =>
    execFileSync("gpg", ["--homedir", home, "--batch", "--quiet", ...args], { stdio: ["ignore", "pipe", "ignore"] });
  gpg("--passphrase", "", "--quick-generate-key", "Signer <signer@example.com>", "ed25519", "sign", "never");
  const shown = gpg("--with-colons", "--fingerprint").toString();
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(shown)?.[1] ?? "";
  return { fingerprint, publicKey: gpg("--armor", "--export") };
}

here.each([
  {
    what: "AWS's command line",
    file: "aws-cli.zip",
    key: "aws-cli.asc",
    signer: "AWS_CLI_SIGNER",
    installer: "aws/install",
    arches: [["amd64", "awscli-exe-linux-x86_64-9.9.9.zip"], ["arm64", "awscli-exe-linux-aarch64-9.9.9.zip"]], // prettier-ignore
    from: "https://awscli.amazonaws.com/",
    version: "AWS_CLI_VERSION",
  },
  {
    what: "AWS's SAM command line",
    file: "sam-cli.zip",
    key: "aws-sam-cli.asc",
    signer: "SAM_CLI_SIGNER",
    installer: "install",
    arches: [["amd64", "aws-sam-cli-linux-x86_64.zip"], ["arm64", "aws-sam-cli-linux-arm64.zip"]], // prettier-ignore
    from: "https://github.com/aws/aws-sam-cli/releases/download/v9.9.9/",
    version: "SAM_CLI_VERSION",
  },
])(`$what${needs}`, ({ file, key, signer, installer, arches, from, version }) => {
  /** Serves a signed installer that notes its arguments, for every architecture. */
  async function signed(): Promise<{ build: Build; given: Record<string, string>; zip: string }> {
    const build = await prepare();
    const home = join(dirname(build.work), "signer");
    await mkdir(home, { mode: 0o700 });
    const { fingerprint, publicKey } = makeKey(home);
    await writeFile(join(build.work, key), publicKey);
    const zip = join(dirname(build.work), "installer.zip");
    await archive(build, installer, (tree) => {
      execFileSync("bash", [
        "-c",
        `printf '#!/bin/sh\\necho "$@" >"${build.opt}/installed"\\n' >"${tree}/${installer}"`,
      ]);
      execFileSync("zip", ["-q", "-r", zip, "."], { cwd: tree });
    });
    const gpg = ["--homedir", home, "--batch", "--quiet", "--output", `${zip}.sig`, "--detach-sign", zip];
    execFileSync("gpg", gpg, { stdio: "ignore" });
    execFileSync("gpgconf", ["--homedir", home, "--kill", "all"]);
    for (const [, name] of arches) {
      await build.serve(name ?? "", zip);
      await build.serve(`${name ?? ""}.sig`, `${zip}.sig`);
    }
    return { build, given: { [signer]: fingerprint, [version]: "9.9.9" }, zip };
  }

  test.each(arches)("for %s is installed when AWS signed it", async (engineArch, name) => {
    const { build, given } = await signed();
    expect(await build.run(file, { ...given, TARGETARCH: engineArch ?? "" })).toMatchObject({ code: 0 });
    expect(await build.fetched()).toEqual([`${from}${name ?? ""}`, `${from}${name ?? ""}.sig`]);
    expect(await readFile(join(build.opt, "installed"), "utf8")).toMatch(
      /^--install-dir \S+\/opt\/aws\S* --bin-dir \S+\/opt\/bin\n$/,
    );
  });

  test("is not installed when it was changed after it was signed", async () => {
    const { build, given, zip } = await signed();
    await appendFile(zip, "more");
    for (const [, name] of arches) await build.serve(name ?? "", zip);
    const { code, printed } = await build.run(file, given);
    expect({ code, printed }).toMatchObject({ code: 1, printed: expect.stringContaining("BAD signature") });
    expect(existsSync(join(build.opt, "installed"))).toBe(false);
  });

  test("is not installed when somebody else signed it, whatever key lies beside it", async () => {
    const { build, given } = await signed();
    const { code, printed } = await build.run(file, { ...given, [signer]: "F".repeat(40) });
    expect({ code, printed }).toMatchObject({ code: 1, printed: expect.stringContaining("Good signature") });
    expect(existsSync(join(build.opt, "installed"))).toBe(false);
  });

  test("is not installed for an architecture that there is no image for", async () => {
    const { build, given } = await signed();
    const { code, printed } = await build.run(file, { ...given, TARGETARCH: "riscv64" });
    expect({ code, printed }).toEqual({
      code: 1,
      printed: "TARGETARCH is 'riscv64', this image is for amd64 and arm64\n",
    });
  });
});
