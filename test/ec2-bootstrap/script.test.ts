import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { runnerName, secrets } from "./host-channel.ts";
import { userDataWith } from "./rig.ts";

const file = new URL("../../ec2-bootstrap/user-data.sh", import.meta.url).pathname;
const text = readFileSync(file, "utf8");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mayfly-script-"));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

describe("the user data", () => {
  test("begins as the provider expects it, and is plain ASCII", () => {
    expect(text.split("\n").slice(0, 2)).toEqual(["#!/bin/bash", "# settings of this runner follow here"]);
    expect(text).toContain("set -euo pipefail");
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
  });

  test.each([
    ["no metadata and no MAYFLY_ROOT", {}],
    ["a MAYFLY_ROOT that is not there", { MAYFLY_ROOT: "/nowhere/at/all" }],
    ["a relative MAYFLY_ROOT", { MAYFLY_ROOT: "." }],
    ["the computer itself as MAYFLY_ROOT", { MAYFLY_ROOT: "/" }],
  ])("refuses to run with %s", async (_what, environment) => {
    const { code, output } = await run(environment);
    expect(code).toBe(2);
    expect(output).toBe("mayfly: refused: no instance metadata answers, and MAYFLY_ROOT names no absolute directory\n");
  });

  test("with MAYFLY_ROOT never calls a program of the computer that would change it, not even to power off", async () => {
    const root = await mkdtemp(join(folder, "root-"));
    const { code, output } = await run({ MAYFLY_ROOT: root });
    expect(code).toBe(1);
    expect(output).toContain("mayfly: ended, crashed: The image has no runner");
    expect(await readdir(root)).toEqual(["opt", "run"]);
  });
});

/** Runs it as a program of this computer, where nothing that it asks answers. */
async function run(environment: Record<string, string>): Promise<{ code: number; output: string }> {
  const script = join(folder, "user-data");
  const settings = {
    MAYFLY_RUNNER: runnerName,
    MAYFLY_TOKEN: secrets.token,
    MAYFLY_HOST_URL: "http://127.0.0.1:9",
    MAYFLY_CLAIM_BY_MS: Date.now() + 500,
    MAYFLY_END_BY_MS: Date.now() + 1_000,
    MAYFLY_RUNNER_URL: "http://127.0.0.1:9/",
    MAYFLY_RUNNER_SHA256: "0".repeat(64),
  };
  await writeFile(script, userDataWith(settings));
  const env = {
    // the last line of defence: not even root's own folders of programs
    PATH: "/usr/local/bin:/usr/bin:/bin",
    AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:9",
    ...environment,
  };
  return await new Promise((resolve) => {
    execFile("/bin/bash", [script], { env, cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, output: stdout + stderr });
    });
  });
}
