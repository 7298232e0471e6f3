import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { jobOf, rig } from "./rig.ts";

let runners: Awaited<ReturnType<typeof rig>>;
beforeAll(async () => {
  runners = await rig();
});
afterAll(() => runners.close());

const CONFIGURATION = [".runner", ".credentials", ".credentials_rsaparams"];

describe("start", () => {
  test("says first what it is, connects, writes the configuration for its owner only", async () => {
    const runner = await runners.start();
    await runner.says("Listening for Jobs");
    const lines = runner.output().split("\n");
    expect(lines[0]).toBe("This is Mayfly's stand-in for the Actions runner");
    expect(lines).toContain("√ Connected to GitHub");
    expect(runner.output()).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ: Listening for Jobs$/m);
    for (const name of CONFIGURATION) expect(statSync(join(runner.root, name)).mode & 0o777).toBe(0o600);
    expect(runner.server.seen.unauthorized).toBe(0);
  });

  test.each([
    ["an empty blob", "", "Not configured"],
    ["a blob that is no JSON", "bm8=", "The JIT config is not valid"],
  ])("%s ends it with 1", async (_name, blob, said) => {
    const runner = await runners.start({ blob });
    expect(await runner.exitCode).toBe(1);
    expect(runner.output()).toContain(said);
  });

  test("a root that cannot be written ends it with 1 and the real one's words", async () => {
    // a directory in the file's place refuses root too, which permissions would not
    const runner = await runners.start({ prepare: (root) => mkdirSync(join(root, ".credentials")) });
    expect(await runner.exitCode).toBe(1);
    expect(runner.output()).toContain(`Access to the path '${join(runner.root, ".credentials")}' is denied.`);
    expect(runner.server.seen.requests).toEqual([]);
  });

  test.each([
    [401, 1, "Failed to create a session"],
    [404, 1, "Failed to create a session"],
    [409, 5, "A session for this runner already exists."],
  ])("session answered %i: exit code %i", async (sessionStatus, exitCode, said) => {
    const runner = await runners.start({ sessionStatus });
    expect(await runner.exitCode).toBe(exitCode);
    expect(runner.output()).toContain(said);
  });
});

describe("without a job", () => {
  test("a deleted registration ends it with 0 and takes the configuration away", async () => {
    const runner = await runners.start();
    await runner.says("Listening for Jobs");
    runner.server.state.registered = false;
    expect(await runner.exitCode).toBe(0);
    expect(runner.output()).toContain("The runner no longer exists on the server. Cleaning up local configuration.");
    expect(CONFIGURATION.filter((name) => existsSync(join(runner.root, name)))).toEqual([]);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s ends it with 0", async (signal) => {
    const runner = await runners.start();
    await runner.says("Listening for Jobs");
    runner.kill(signal);
    expect(await runner.exitCode).toBe(0);
  });

  test("a job that GitHub takes back leaves it listening", async () => {
    const runner = await runners.start();
    await runner.says("Listening for Jobs");
    runner.server.state.startStatus = 404;
    runner.server.state.job = await jobOf("    steps: [{run: 'echo never'}]");
    await runner.says("Job message not found '7'");
    runner.server.state.registered = false;
    expect(await runner.exitCode).toBe(0);
    expect(runner.output()).not.toContain("Running job");
  });

  test("it polls on through answers that fail", async () => {
    const runner = await runners.start();
    await runner.says("Listening for Jobs");
    runner.server.state.broken["GET /message"] = 1;
    await runner.says("Retrying until reconnected.");
    runner.server.state.job = await jobOf("    steps: [{run: 'echo here'}]");
    expect(await runner.exitCode).toBe(100);
  });
});

describe("with a job", () => {
  test("prints the job's name and result, exits with its result, forgets its configuration", async () => {
    const done = await runners.run("    steps: [{run: 'echo hello from the job'}]");
    expect(done.exitCode).toBe(100);
    expect(done.text).toMatch(/Z: Running job: build$/m);
    expect(done.text).toMatch(/^hello from the job$/m);
    expect(done.text).toMatch(/Z: Job build completed with result: Succeeded$/m);
    expect(done.completion).toEqual({ conclusion: "success", outputs: {}, annotations: [] });
    expect(done.seen.requests.slice(0, 3)).toEqual(["POST /session", "GET /message", "POST /jobs/7/start"]);
    expect(done.seen.requests.at(-1)).toBe("POST /jobs/7/complete");
    expect(readdirSync(done.root).filter((name) => CONFIGURATION.includes(name))).toEqual([]);
  });

  test("without the variable that asks for it, the exit code tells nothing", async () => {
    const runner = await runners.start({
      job: await jobOf("    steps: [{run: 'exit 3'}]"),
      env: { ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED: "" },
    });
    expect(await runner.exitCode).toBe(0);
    expect(runner.server.seen.completion?.conclusion).toBe("failure");
  });

  test("answers that fail for a while lose neither the log nor the end of the job", async () => {
    const runner = await runners.start({ job: await jobOf("    steps: [{run: 'echo kept'}]") });
    runner.server.state.broken = { "POST /jobs/7/start": 1, "POST /jobs/7/log": 1, "POST /jobs/7/complete": 2 };
    expect(await runner.exitCode).toBe(100);
    expect(runner.server.seen.log).toContain(" kept\n");
    expect(runner.server.seen.completion?.conclusion).toBe("success");
  });

  test("the JIT config reaches neither a step's environment nor any output", async () => {
    const done = await runners.run(
      "    steps:\n      - run: env; cat /proc/$PPID/cmdline | tr '\\0' ' '; echo; echo token-of-this-runner\n",
    );
    expect(done.text).not.toContain("JITCONFIG");
    expect(done.text).not.toContain("token-of-this-runner");
    expect(done.text).toMatch(/^\*\*\*$/m);
  });
});

test("the bundle holds no workflow parser and is small", async () => {
  const runner = await runners.start();
  const bundle = readFileSync(join(runner.root, "bin", "listener.mjs"), "utf8");
  expect(bundle).not.toContain("workflow-root");
  expect(bundle.length).toBeLessThan(150_000);
});

test("the machine's .setup_info stands in the job's log", async () => {
  const runner = await runners.start();
  await runner.says("Listening for Jobs");
  writeFileSync(
    join(runner.root, ".setup_info"),
    JSON.stringify([{ group: "Mayfly", detail: "log stream x\nline 2" }]),
  );
  runner.server.state.job = await jobOf("    steps: [{run: 'true'}]");
  await runner.exitCode;
  expect(runner.server.seen.log).toMatch(/##\[group\]Mayfly\n.* log stream x\n.* line 2\n/);
});
