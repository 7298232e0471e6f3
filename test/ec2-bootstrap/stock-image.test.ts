import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { listen, shut } from "../../src/sandbox/aws/http.ts";
import { secrets } from "./host-channel.ts";
import { said, startRig, type Rig } from "./rig.ts";

let rig: Rig;
let archive: Buffer;
let sha256: string;
let web: Awaited<ReturnType<typeof listen>>;
let failures = 0;
const asked: string[] = [];

beforeAll(async () => {
  rig = await startRig();
  archive = await runnerArchive(rig.folder);
  sha256 = createHash("sha256").update(archive).digest("hex");
  web = await listen((request, response) => {
    asked.push(request.url ?? "");
    if (failures > 0) {
      failures -= 1;
      response.writeHead(503).end();
    } else response.end(archive);
  }, 0);
});
afterAll(async () => {
  await rig.close();
  await shut(web.server);
});

const url = (): string => `http://${web.address}/actions-runner-linux-x64.tar.gz`;

describe("a stock image", () => {
  test("gets docker and the runner before it claims", async () => {
    failures = 1;
    const claimedAfter: number[] = [];
    const { channel, off } = await rig.boot({
      listener: null,
      settings: { MAYFLY_RUNNER_URL: url(), MAYFLY_RUNNER_SHA256: sha256 },
      claim: () => void claimedAfter.push(asked.length),
    });
    const console = await off();
    expect(claimedAfter).toEqual([2]);
    expect(channel.events.at(-1)).toMatchObject({ outcome: "job-succeeded" });
    expect(console).toMatch(/apt-get: .*install docker\.io: /);
    expect(console).toContain("installdependencies was here");
    expect(console.indexOf("installdependencies was here")).toBeLessThan(console.indexOf("mayfly: claim"));
  });

  test("does not run an archive with another checksum: says both, claims nothing", async () => {
    const wanted = "0".repeat(64);
    const { channel, off } = await rig.boot({
      listener: null,
      settings: { MAYFLY_RUNNER_URL: url(), MAYFLY_RUNNER_SHA256: wanted },
    });
    const console = await off();
    expect(channel.answers).toEqual(["ended 204"]);
    expect(channel.events[0]).toEqual({
      runner: "mayfly-77-1",
      token: secrets.token,
      type: "ended",
      exitCode: null,
      outcome: "crashed",
      cause: `The runner's archive has SHA-256 ${sha256}, wanted is ${wanted}.`,
      usage: expect.objectContaining({ diskMb: expect.any(Number) }),
    });
    expect(console).not.toContain("installdependencies was here");
  });

  const unset = "The image has no runner, and MAYFLY_RUNNER_URL or MAYFLY_RUNNER_SHA256 is not set.";
  const nowhere = { MAYFLY_RUNNER_URL: "http://127.0.0.1:9/", MAYFLY_RUNNER_SHA256: "0".repeat(64) };
  test.each([
    ["no url", { ...nowhere, MAYFLY_RUNNER_URL: undefined }, unset],
    ["no checksum", { ...nowhere, MAYFLY_RUNNER_SHA256: undefined }, unset],
    ["nothing at the url", nowhere, "This failed: curl -fsSL -o "],
  ])("with %s says so", async (_what, settings, cause) => {
    const { channel, off } = await rig.boot({
      listener: null,
      // there is no time for a second try
      settings: { ...settings, MAYFLY_CLAIM_BY_MS: Date.now() + 3_000 },
    });
    await off();
    expect(channel.answers).toEqual(["ended 204"]);
    expect(channel.events[0]).toMatchObject({ outcome: "crashed", cause: expect.stringContaining(cause) });
  });
});

/** A tarball like the Actions runner's, with a scripted listener. */
async function runnerArchive(folder: string): Promise<Buffer> {
  const root = join(folder, "runner");
  await mkdir(join(root, "bin"), { recursive: true });
  for (const [name, text] of [
    ["Runner.Listener", said()],
    ["installdependencies.sh", "echo installdependencies was here"],
  ] as const) {
    await writeFile(join(root, "bin", name), `#!/bin/bash\n${text}\n`);
    await chmod(join(root, "bin", name), 0o755);
  }
  const file = join(folder, "runner.tar.gz");
  await promisify(execFile)("tar", ["-C", root, "-czf", file, "."]);
  return await readFile(file);
}
