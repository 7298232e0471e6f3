import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { userData } from "../../../src/adapters/compute/ec2/user-data.ts";
import type { UserDataSettings } from "../../../src/adapters/compute/ec2/user-data.ts";
import { launchRequest } from "../../contract/compute-provider.ts";
import { root } from "../../repo/source-files.ts";
import { script } from "./ec2-server.ts";

const request = launchRequest({
  runnerName: "mayfly-7-1",
  hostUrl: "https://host.example/$HOME/`id`",
  claimByMs: 1_700_000_000_000,
  endByMs: 1_700_000_600_000,
});

describe("user data", () => {
  test("is the script with the settings of one runner in place of its second line", () => {
    expect(userData(request, { script })).toBe(
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
    const lines = userData(request, settings).split("\n").slice(6, 10);
    expect(lines).toEqual([
      "MAYFLY_RUNNER_URL='u'",
      "MAYFLY_RUNNER_SHA256='ab'",
      "MAYFLY_POLL_SECONDS='1'",
      "MAYFLY_SHIP_SECONDS='3'",
    ]);
  });

  test("means to bash what was meant", () => {
    const print = script.replace("echo hello", String.raw`printf '%s\n' "$MAYFLY_HOST_URL" "$MAYFLY_RUNNER_URL"`);
    const url = 'https://x.example/a?b=$(id)&c=\\"!*$&$1';
    const out = execFileSync("bash", ["-c", userData(request, { script: print, runnerUrl: url })], {
      encoding: "utf8",
    });
    expect(out).toBe(`${request.hostUrl}\n${url}\n`);
  });

  test.each(["'", "\n", "\r", "\0", "\u007f"])("refuses %j in a value, without naming the value", (bad) => {
    const token = `secret${bad}token`;
    const make = (): string => userData({ ...request, claimToken: token }, { script });
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

  test("drops comments and indentation, and nothing that means something to bash", () => {
    const long = `${script}# why\n  if true; then # here\n\n    echo '# kept'\n  fi\n`;
    expect(userData(request, { script: long })).toContain("\necho hello\nif true; then # here\necho '# kept'\nfi\n");
    const real = readFileSync(join(root, "ec2-bootstrap/user-data.sh"), "utf8");
    expect(real).not.toMatch(/(?<!<)<<(?!<)/);
    execFileSync("bash", ["-n"], { input: userData(request, { script: real }) });
  });

  test("takes exactly as much as EC2 does, in bytes", () => {
    const room = 16_384 - Buffer.byteLength(userData(request, { script }));
    const padded = (bytes: number): string =>
      `${script}${"ä".repeat(Math.floor((bytes - 1) / 2))}${"x".repeat((bytes - 1) % 2)}\n`;
    expect(Buffer.byteLength(userData(request, { script: padded(room) }))).toBe(16_384);
    expect(() => userData(request, { script: padded(room + 1) })).toThrow(
      "the user data has 16385 bytes, but EC2 takes 16384: shorten script or settings",
    );
  });

  test("has room for the program that machines really start with, and every setting", () => {
    const settings: UserDataSettings = {
      script: readFileSync(join(root, "ec2-bootstrap/user-data.sh"), "utf8"),
      runnerUrl: `https://example.com/${"x".repeat(200)}`,
      runnerSha256: "a".repeat(64),
      pollSeconds: 5,
      shipSeconds: 5,
    };
    const longest = { ...request, runnerName: "m".repeat(60), hostUrl: `https://example.com/${"x".repeat(200)}` };
    const text = userData(longest, settings);
    expect(text).toContain("\nMAYFLY_SHIP_SECONDS='5'\n");
    execFileSync("bash", ["-n"], { input: text });
  });
});
