import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { userData } from "../../../src/adapters/compute/ec2/user-data.ts";
import type { UserDataSettings } from "../../../src/adapters/compute/ec2/user-data.ts";
import type { LaunchRequest } from "../../../src/core/ports.ts";
import { launchRequest } from "../../contract/compute-provider.ts";
import { root } from "../../repo/source-files.ts";
import { script } from "./ec2-server.ts";

const request = launchRequest({
  runnerName: "mayfly-7-1",
  hostUrl: "https://host.example/$HOME/`id`",
  claimByMs: 1_700_000_000_000,
  endByMs: 1_700_000_600_000,
});

/** The text that cloud-init finds in it. */
const textOf = (asked: LaunchRequest, settings: UserDataSettings): string =>
  gunzipSync(userData(asked, settings)).toString();

/** A comment of so many characters that gzip can hardly shorten. */
function noise(length: number): string {
  const digests = Array.from({ length: Math.ceil(length / 44) }, (_, at) =>
    createHash("sha256").update(String(at)).digest("base64"),
  );
  return `#${digests.join("").slice(0, length)}\n`;
}

const real = readFileSync(join(root, "ec2-bootstrap/user-data.sh"), "utf8");

describe("user data", () => {
  test("is the script with the settings of one runner in place of its second line", () => {
    expect(textOf(request, { script })).toBe(
      [
        "#!/bin/bash",
        "MAYFLY_RUNNER='mayfly-7-1'",
        `MAYFLY_TOKEN='${request.claimToken}'`,
        "MAYFLY_HOST_URL='https://host.example/$HOME/`id`'",
        "MAYFLY_CLAIM_BY_MS='1700000000000'",
        "MAYFLY_END_BY_MS='1700000600000'",
        "set -euo pipefail",
        "echo hello",
        "",
      ].join("\n"),
    );
  });

  test("has the operator's constants, in their order, as far as they are set", () => {
    const settings: UserDataSettings = { script, shipSeconds: 3, pollSeconds: 1, runnerSha256: "ab", runnerUrl: "u" };
    const lines = textOf(request, settings).split("\n").slice(6, 10);
    expect(lines).toEqual([
      "MAYFLY_RUNNER_URL='u'",
      "MAYFLY_RUNNER_SHA256='ab'",
      "MAYFLY_POLL_SECONDS='1'",
      "MAYFLY_SHIP_SECONDS='3'",
    ]);
  });

  test("names the runner's archive for the machine's architecture", () => {
    const arm64 = { ...request, spec: { ...request.spec, arch: "arm64" as const } };
    const settings: UserDataSettings = { script, runnerUrl: "u", arm64RunnerUrl: "arm-u", arm64RunnerSha256: "cd" };
    expect(textOf(arm64, settings).split("\n").slice(6, 8)).toEqual([
      "MAYFLY_RUNNER_URL='arm-u'",
      "MAYFLY_RUNNER_SHA256='cd'",
    ]);
    expect(textOf(request, settings)).not.toContain("arm-u");
  });

  test("means to bash what was meant", () => {
    const print = script.replace("echo hello", String.raw`printf '%s\n' "$MAYFLY_HOST_URL" "$MAYFLY_RUNNER_URL"`);
    const url = 'https://x.example/a?b=$(id)&c=\\"!*$&$1';
    const out = execFileSync("bash", ["-c", textOf(request, { script: print, runnerUrl: url })], {
      encoding: "utf8",
    });
    expect(out).toBe(`${request.hostUrl}\n${url}\n`);
  });

  test.each(["'", "\n", "\r", "\0", "\u007f"])("refuses %j in a value, without naming the value", (bad) => {
    const token = `secret${bad}token`;
    const make = (): Buffer => userData({ ...request, claimToken: token }, { script });
    expect(make).toThrow(expect.objectContaining({ facts: expect.objectContaining({ kind: "invalid" }) }));
    expect(make).toThrow(/MAYFLY_TOKEN must hold no/);
    expect(make).not.toThrow(/secret/);
    expect(() => userData(request, { script, runnerUrl: `x${bad}` })).toThrow(/MAYFLY_RUNNER_URL must hold no/);
  });

  test.each(["", "#!/bin/sh\n# settings of this runner follow here\n", "#!/bin/bash\necho\n"])(
    "refuses a script without room for the settings: %j",
    (wrong) => {
      expect(() => userData(request, { script: wrong })).toThrow(/does not begin with the two lines/);
    },
  );

  test("is gzip without a time or a system, the same bytes for the same request", () => {
    const bytes = userData(request, { script: real });
    // RFC 1952: magic, deflate, no flags, no time, best compression, unknown system
    expect([...bytes.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
    expect(userData({ ...request }, { script: real })).toEqual(bytes);
    expect(userData({ ...request, endByMs: request.endByMs + 1 }, { script: real })).not.toEqual(bytes);
    expect(execFileSync("gzip", ["-dc"], { input: bytes, encoding: "utf8" })).toBe(textOf(request, { script: real }));
  });

  test("has the program as it is", () => {
    const [, ...lines] = textOf(request, { script: real }).split("\n");
    expect(lines.slice(5)).toEqual(real.split("\n").slice(2));
  });

  test("takes exactly as much as EC2 does, in packed bytes", () => {
    const text = textOf(request, { script });
    // the most noise that still fits
    let [fits, over] = [0, 40_000];
    while (over - fits > 1) {
      const middle = Math.floor((fits + over) / 2);
      if (gzipSync(text + noise(middle), { level: 9 }).length <= 16_384) fits = middle;
      else over = middle;
    }
    expect(userData(request, { script: script + noise(fits) }).length).toBeGreaterThan(16_380);
    expect(() => userData(request, { script: script + noise(over) })).toThrow(
      /the user data has 163(?:8[5-9]|9\d) bytes as gzip, but EC2 takes 16384: shorten script or settings$/,
    );
  });

  test("has room for the program that machines really start with, and every setting", () => {
    const settings: UserDataSettings = {
      script: real,
      runnerUrl: `https://example.com/${noise(200).slice(1, -1)}`,
      runnerSha256: createHash("sha256").update("runner").digest("hex"),
      pollSeconds: 5,
      shipSeconds: 5,
    };
    const hostUrl = `https://example.com/${noise(400).slice(200, -1)}`;
    const text = textOf({ ...request, runnerName: "m".repeat(60), hostUrl }, settings);
    expect(text).toContain("\nMAYFLY_SHIP_SECONDS='5'\n");
    execFileSync("bash", ["-n"], { input: text });
    // what makes it longer is to be seen here long before a launch fails
    expect(userData({ ...request, runnerName: "m".repeat(60), hostUrl }, settings).length).toBeLessThan(12_000);
  });
});
