import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { secrets } from "./host-channel.ts";
import { listening, running, said, startRig, type Rig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(async () => await rig.close());

const lived = ["claim 200", "booted 204", "listening 204", "job-started 204", "ended 204"];

test("a job: claimed with the instance's identity, run, told, logged, powered off", async () => {
  const { channel, logs, off } = await rig.boot();
  const console = await off();
  expect(channel.answers).toEqual(lived);
  expect(channel.claims[0]).toMatchObject({
    claimId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    identity: { document: expect.stringContaining('"instanceId" : "i-0fedcba9876543210"') },
  });
  expect(channel.events.at(-1)).toMatchObject({
    session: secrets.session,
    exitCode: 100,
    outcome: "job-succeeded",
    cause: "The runner's listener ended with exit code 100: job succeeded.",
  });
  expect(logs.lines().map(({ message }) => message)).toEqual([
    "mayfly: begin as mayfly-77-1",
    "mayfly: set up the user",
    "mayfly: claim",
    "mayfly: start the listener",
    "√ Connected to GitHub",
    "2026-11-22 10:00:00Z: Listening for Jobs",
    "2026-11-22 10:00:00Z: Running job: build",
    "2026-11-22 10:00:00Z: Job build completed with result: Succeeded",
    "mayfly: ended, job-succeeded: The runner's listener ended with exit code 100: job succeeded.",
  ]);
  expect(console).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ mayfly: claim$/m);
  expect(console).toContain("systemd-run: -q --unit=mayfly-backstop --on-active=");
  expect(console).toContain("usermod: -aG docker runner: remembered");
});

test.each([
  [102, "Failed", "job-failed"],
  [103, "Canceled", "job-cancelled"],
  [101, "SucceededWithIssues", "job-succeeded-with-issues"],
  // a runner that does not say the result by its exit code
  [0, "Failed", "job-failed"],
])("a job that ends with exit code %d and result %s is %s", async (exitCode, result, outcome) => {
  const { channel, off } = await rig.boot({ listener: said(exitCode, result) });
  await off();
  expect(channel.answers).toEqual(lived);
  expect(channel.events.at(-1)).toMatchObject({ exitCode, outcome });
});

test.each([
  ["leaves without a job", `${listening}\nexit 0`, 0, "no-job", "exit code 0: no job"],
  ["cannot connect", "echo An error occurred >&2; exit 1", 1, "crashed", "exit code 1"],
  ["is refused for its version", "exit 7", 7, "version-refused", "exit code 7: version refused"],
  ["is killed", `${listening}\n${running}\nkill -KILL $$`, null, "listener-died", "exit code 137: listener died"],
  ["cannot be started", "exit 127", 127, "listener-died", "exit code 127"],
])("a listener that %s", async (_how, listener, exitCode, outcome, cause) => {
  const { channel, off } = await rig.boot({ listener });
  await off();
  expect(channel.events.at(-1)).toMatchObject({ exitCode, outcome, cause: expect.stringContaining(cause) });
});

test("what the job left behind holds nothing up", async () => {
  const { channel, off } = await rig.boot({ listener: said(100, "Succeeded", "sleep 1000 & disown") });
  await off();
  expect(channel.events.at(-1)).toMatchObject({ outcome: "job-succeeded" });
});

test("the listener gets an environment and signals of its own, in the runner's root", async () => {
  const { read, off } = await rig.boot({
    listener: said(100, "Succeeded", 'env -0 >"$HOME/env"; pwd >"$HOME/pwd"; cat /proc/self/status >"$HOME/status"'),
  });
  await off();
  const variables = new Map(
    read("env")
      .split("\0")
      .filter((line) => line !== "")
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  expect(
    [...variables.keys()].filter((name) => !/^(PWD|OLDPWD|SHLVL|_|MAYFLY_MACHINE_PROCESS)$/.test(name)).toSorted(),
  ).toEqual([
    "ACTIONS_RUNNER_HOOK_JOB_STARTED",
    "ACTIONS_RUNNER_INPUT_JITCONFIG",
    "ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED",
    "ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE",
    "HOME",
    "LANG",
    "LOGNAME",
    "PATH",
    "USER",
  ]);
  expect(variables.get("ACTIONS_RUNNER_INPUT_JITCONFIG")).toBe(secrets.jit);
  expect(variables.get("HOME")).toMatch(/\/root\/home\/runner$/);
  expect(read("pwd")).toMatch(/\/root\/opt\/mayfly\/runner$/m);
  // bash starts programs in the background with SIGINT and SIGQUIT ignored: the listener could not be stopped
  expect(read("status")).toMatch(/^SigIgn:\t0+$/m);
});
