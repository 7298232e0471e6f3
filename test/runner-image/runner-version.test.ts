import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import nock from "nock";
import { check as isFormatted, resolveConfig } from "prettier";
import { compareVersions } from "../../scripts/image/compare-versions.ts";
import { newestRunner } from "../../scripts/image/newest-runner.ts";
import { pinChanges } from "../../scripts/image/pin-changes.ts";
import { readRunnerPins, writeRunnerPins, type RunnerPins } from "../../scripts/image/runner-pins.ts";
import { root } from "../repo/source-files.ts";

const platforms = ["win-x64", "osx-x64", "osx-arm64", "linux-x64", "linux-arm64", "linux-arm", "win-arm64"];
const sumOf = (platform: string): string => String(platforms.indexOf(platform) + 1).repeat(64);

/** A release as GitHub's API tells it, with the notes that the runner's own release workflow writes. */
function release(version: string, change: Partial<Record<"body" | "assets", unknown>> = {}): Record<string, unknown> {
  const files = platforms.map((platform) => ({
    platform,
    name: `actions-runner-${platform}-${version}.${platform.startsWith("win") ? "zip" : "tar.gz"}`,
  }));
  const sums = files.map(
    ({ name, platform }) => `- ${name} <!-- BEGIN SHA ${platform} -->${sumOf(platform)}<!-- END SHA ${platform} -->`,
  );
  return {
    url: "https://api.github.com/repos/actions/runner/releases/1",
    tag_name: `v${version}`,
    name: `v${version}`,
    draft: false,
    prerelease: false,
    published_at: "2026-11-20T14:39:28Z",
    body: `## What's Changed\n* Something\n\n## SHA-256 Checksums\n\nThe SHA-256 checksums for the packages:\n\n${sums.join("\n")}\n`,
    assets: files.map(({ name, platform }) => ({
      name,
      content_type: "application/octet-stream",
      digest: `sha256:${sumOf(platform)}`,
      browser_download_url: `https://github.com/actions/runner/releases/download/v${version}/${name}`,
    })),
    ...change,
  };
}

let pins: RunnerPins;
beforeAll(async () => {
  nock.disableNetConnect();
  pins = await readRunnerPins(root);
});
afterEach(() => {
  nock.cleanAll();
});
// nock patches core modules that the test files of one Jest worker share
afterAll(() => {
  nock.restore();
});

function github(status: number, answer: unknown): nock.Scope {
  return nock("https://api.github.com")
    .get("/repos/actions/runner/releases/latest")
    .matchHeader("user-agent", "mayfly")
    .reply(status, answer as nock.Body);
}

describe("the newest runner", () => {
  test("as pins: version, day, and address and checksum for both architectures", async () => {
    github(200, release("2.341.0"));
    expect(await newestRunner(pins, undefined)).toEqual({
      version: "2.341.0",
      publishedOn: "2026-11-20",
      lookedUpOn: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      source: "https://api.github.com/repos/actions/runner/releases/latest",
      minimumVersion: pins.minimumVersion,
      urlTemplate: pins.urlTemplate,
      x64: {
        url: "https://github.com/actions/runner/releases/download/v2.341.0/actions-runner-linux-x64-2.341.0.tar.gz",
        sha256: sumOf("linux-x64"),
      },
      arm64: {
        url: "https://github.com/actions/runner/releases/download/v2.341.0/actions-runner-linux-arm64-2.341.0.tar.gz",
        sha256: sumOf("linux-arm64"),
      },
    });
  });

  test("a token goes to GitHub as GitHub wants it", async () => {
    const asked = nock("https://api.github.com", { reqheaders: { authorization: "Bearer abc" } })
      .get("/repos/actions/runner/releases/latest")
      .reply(200, release("2.341.0"));
    await newestRunner(pins, "abc");
    expect(asked.isDone()).toBe(true);
  });

  const assets = release("2.341.0")["assets"] as Record<string, unknown>[];
  test.each<[string, Partial<Record<"body" | "assets", unknown>>]>([
    ["the notes alone", { assets: assets.map((asset) => ({ ...asset, digest: null })) }],
    ["the assets alone", { body: "no checksums here" }],
  ])("a checksum may come from %s", async (_, change) => {
    github(200, release("2.341.0", change));
    expect((await newestRunner(pins, undefined)).arm64.sha256).toBe(sumOf("linux-arm64"));
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      "has two checksums of one archive",
      release("2.341.0", { assets: assets.map((asset) => ({ ...asset, digest: `sha256:${"a".repeat(64)}` })) }),
      "notes and asset have different SHA-256 of actions-runner-linux-x64-2.341.0.tar.gz; trust neither",
    ],
    [
      "has no checksum",
      release("2.341.0", { body: "", assets: assets.map((asset) => ({ ...asset, digest: undefined })) }),
      "release v2.341.0 has no SHA-256 of actions-runner-linux-x64-2.341.0.tar.gz",
    ],
    [
      "has no archive for arm64",
      release("2.341.0", { assets: assets.filter(({ name }) => !String(name).includes("linux-arm64")) }),
      "release v2.341.0 has no asset at https://github.com/actions/runner/releases/download/v2.341.0/actions-runner-linux-arm64-2.341.0.tar.gz",
    ],
    [
      "is below what GitHub enforces",
      release("2.328.9"),
      "2.328.9, is below the enforced minimum 2.329.0: nothing written",
    ],
    ["has a tag that is no version", { ...release("2.341.0"), tag_name: "v2.341.0-beta" }, "tag_name"],
  ])("a release is refused that %s", async (_, answer, message) => {
    github(200, answer);
    await expect(newestRunner(pins, undefined)).rejects.toThrow(message);
  });

  test.each([
    [403, "answered 403; GITHUB_TOKEN gets a higher rate limit"],
    [429, "answered 429; GITHUB_TOKEN gets a higher rate limit"],
    [500, "answered 500"],
  ])("GitHub's %i is told", async (status, message) => {
    github(status, { message: "API rate limit exceeded" });
    await expect(newestRunner(pins, undefined)).rejects.toThrow(message);
  });

  test("no answer is told with its reason", async () => {
    nock("https://api.github.com").get("/repos/actions/runner/releases/latest").replyWithError("getaddrinfo ENOTFOUND");
    await expect(newestRunner(pins, undefined)).rejects.toThrow(/latest did not answer: .*ENOTFOUND/);
  });
});

describe("what changed", () => {
  const newer = { ...release("2.341.0") };

  test("nothing, when the pins are the newest release, whenever it was looked up", async () => {
    github(200, newer);
    const newest = await newestRunner(pins, undefined);
    expect(pinChanges(newest, { ...newest, lookedUpOn: "2026-12-24" })).toEqual([]);
  });

  test("the version with its day, and both checksums", async () => {
    github(200, newer);
    const changes = pinChanges(pins, await newestRunner(pins, undefined));
    expect(changes).toEqual([
      `runner ${pins.version} → 2.341.0, published on 2026-11-20`,
      `x64: SHA-256 ${pins.x64.sha256} → ${sumOf("linux-x64")}`,
      `arm64: SHA-256 ${pins.arm64.sha256} → ${sumOf("linux-arm64")}`,
    ]);
  });

  test("an archive that was exchanged under the same version is told as that", () => {
    const exchanged = { ...pins, x64: { ...pins.x64, sha256: "0".repeat(64) } };
    expect(pinChanges(exchanged, pins)).toEqual([
      `x64: SHA-256 ${"0".repeat(64)} → ${pins.x64.sha256} although the version is the same`,
    ]);
  });
});

describe("runner.json", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "mayfly-pins-"));
    mkdirSync(join(folder, "runner-image"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test("is written as it is read, and as the repository formats it", async () => {
    github(200, release("2.341.0"));
    const newest = await newestRunner(pins, undefined);
    await writeRunnerPins(folder, newest);
    expect(await readRunnerPins(folder)).toEqual(newest);
    const text = readFileSync(join(folder, "runner-image/runner.json"), "utf8");
    const options = await resolveConfig(join(root, "runner-image/runner.json"));
    expect(await isFormatted(text, { ...options, filepath: "runner.json" })).toBe(true);
  });

  test.each([
    ["is not JSON", "{", "JSON"],
    ["knows more than it should", "extra", "extra"],
  ])("is refused when it %s", async (_, how, message) => {
    const text = how === "extra" ? JSON.stringify({ ...pins, extra: 1 }) : how;
    writeFileSync(join(folder, "runner-image/runner.json"), text);
    await expect(readRunnerPins(folder)).rejects.toThrow(message);
  });
});

describe("npm run runner:version", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "mayfly-version-"));
    for (const name of ["scripts/runner-version.ts", "scripts/image", "runner-image/runner.json", "package.json"]) {
      cpSync(join(root, name), join(folder, name), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** The script itself; what it fetches is `answer`. */
  function run(answer: unknown, ...args: readonly string[]): { code: number | null; out: string } {
    const answering = `globalThis.fetch = async () => new Response(${JSON.stringify(JSON.stringify(answer))});`;
    const given = [
      "--disable-warning=ExperimentalWarning",
      `--import=data:text/javascript,${encodeURIComponent(answering)}`,
    ];
    const done = spawnSync(process.execPath, [...given, "scripts/runner-version.ts", ...args], { cwd: folder });
    return { code: done.status, out: done.stdout.toString() + done.stderr.toString() };
  }
  const written = (): RunnerPins =>
    JSON.parse(readFileSync(join(folder, "runner-image/runner.json"), "utf8")) as RunnerPins;

  test("--check fails and writes nothing, without it the pins are written, and then --check is content", () => {
    const stale = run(release("2.341.0"), "--check");
    expect(stale).toMatchObject({ code: 1, out: expect.stringContaining(`runner ${pins.version} → 2.341.0`) });
    expect(written()).toEqual(pins);
    expect(run(release("2.341.0"))).toEqual({ code: 0, out: stale.out });
    expect(written()).toMatchObject({ version: "2.341.0", minimumVersion: pins.minimumVersion });
    expect(run(release("2.341.0"), "--check")).toEqual({ code: 0, out: "the newest runner is pinned\n" });
  });

  test("a release below the minimum is an error, and nothing is written", () => {
    const before = written();
    expect(run(release("2.320.0"))).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^runner:version: .*nothing written/),
    });
    expect(written()).toEqual(before);
  });
});

test.each([
  ["2.9.0", "2.10.0", -1],
  ["2.329.0", "2.329.0", 0],
  ["3.0.0", "2.999.999", 1],
  ["2.333.1", "2.333.0", 1],
])("%s against %s", (left, right, order) => {
  expect(Math.sign(compareVersions(left, right))).toBe(order);
});
