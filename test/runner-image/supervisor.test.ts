import { spawn } from "node:child_process";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "@jest/globals";
import { isAlive } from "../helpers/processes.ts";
import { removeBundle, secrets, startRig } from "./rig.ts";
import type { Rig, RigOptions } from "./rig.ts";

const rigs: Rig[] = [];

async function start(options: RigOptions = {}): Promise<Rig> {
  const rig = await startRig(options);
  rigs.push(rig);
  return rig;
}

afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

afterAll(removeBundle);

const listening = 'echo "2026-11-22 10:00:00Z: Listening for Jobs"';
const running = 'echo "2026-11-22 10:00:00Z: Running job: build"';

describe("one invocation", () => {
  test("claims, listens, runs one job, answers, and tells how it went", async () => {
    const rig = await start({ listener: `${listening}; ${running}; echo "a line of the job"; exit 100` });
    const answer = await rig.answered();
    expect(answer.path).toBe("/2018-06-01/runtime/invocation/request-1/response");
    expect(answer.body).toMatchObject({ runner: "mayfly-1-1", outcome: "job-succeeded", exitCode: 100 });
    expect(rig.claims).toEqual([{ runner: "mayfly-1-1", token: secrets.token, claimId: expect.any(String) }]);
    expect(rig.events.map((event) => event["type"])).toEqual(["booted", "listening", "job-started", "ended"]);
    expect(rig.events[0]).toMatchObject({ logGroup: "/aws/lambda/rig", logStream: "2026/11/22/[$LATEST]0f" });
    expect(rig.events[3]).toMatchObject({ outcome: "job-succeeded", exitCode: 100, session: secrets.session });
    expect(rig.events[3]?.["usage"]).toMatchObject({ diskMb: expect.any(Number), networkInMb: expect.any(Number) });
    expect(rig.output()).toContain("a line of the job");
    expect(rig.supervisor.exitCode).toBeNull();
  });

  test.each([
    [102, "job-failed"],
    [0, "no-job"],
  ])("listener's exit code %i is %s", async (code, outcome) => {
    const rig = await start({ listener: `exit ${code}` });
    expect((await rig.answered()).body).toMatchObject({ outcome, exitCode: code });
  });

  test("a second event in the same environment is refused and starts nothing", async () => {
    const rig = await start({ second: true });
    expect((await rig.answered(1)).path).toBe("/2018-06-01/runtime/invocation/request-2/error");
    expect(rig.requests[1]?.body).toMatchObject({ errorType: "Mayfly.EnvironmentUsed" });
    expect(rig.claims).toHaveLength(1);
  });
});

describe("the claim", () => {
  test.each([400, 401, 409, 410])("%i: no listener, the invocation ends well", async (status) => {
    const rig = await start({ claim: () => ({ status }), listener: "echo LISTENER STARTED" });
    expect((await rig.answered()).body).toMatchObject({ outcome: "not-claimed" });
    expect(rig.claims).toHaveLength(1);
    expect(rig.events).toEqual([]);
    expect(rig.output()).not.toContain("LISTENER STARTED");
  });

  test("503, then a broken answer, then granted: the same claim id all the time", async () => {
    const rig = await start({
      claim: (n) => (n === 1 ? { status: 503, retryAfter: 0 } : n === 2 ? { status: 200, body: {} } : undefined),
    });
    expect((await rig.answered()).body).toMatchObject({ outcome: "job-succeeded" });
    expect(new Set(rig.claims.map((claim) => claim["claimId"])).size).toBe(1);
    expect(rig.claims).toHaveLength(3);
  });

  test("a channel that never answers: given up in time", async () => {
    const rig = await start({ claim: () => ({ status: 503 }), payload: { claimByMs: Date.now() + 2500 } });
    expect((await rig.answered()).body).toMatchObject({ outcome: "not-claimed" });
    expect(rig.claims.length).toBeGreaterThan(1);
  });

  test("too late, or an event of another tenant: not even asked", async () => {
    const late = await start({ payload: { claimByMs: Date.now() - 1000 } });
    const foreign = await start({ tenant: "mayfly-2-1" });
    expect((await late.answered()).body).toMatchObject({ outcome: "not-claimed" });
    expect((await foreign.answered()).body).toMatchObject({ outcome: "not-claimed" });
    expect([...late.claims, ...foreign.claims]).toEqual([]);
  });

  test("an event that is none of ours is an error of the invocation", async () => {
    const rig = await start({ payload: { token: 5 } });
    expect((await rig.answered()).path).toContain("/error");
  });
});

describe("the runner's machine", () => {
  test("bin is copied, the rest linked, and the environment is scrubbed", async () => {
    const rig = await start({
      listener: `env > "$HOME/../seen.txt"; pwd; echo "ARGS $*"; ${running}; sleep 1; exit 100`,
    });
    await until(() => rig.events.some((event) => event["type"] === "job-started"));
    const root = join(rig.folder, "tmp", "runner");
    expect((await lstat(join(root, "bin", "Runner.Listener"))).isFile()).toBe(true);
    expect((await lstat(join(root, "bin"))).isSymbolicLink()).toBe(false);
    expect((await lstat(join(root, "externals"))).isSymbolicLink()).toBe(true);
    const setup = JSON.parse(await readFile(join(root, ".setup_info"), "utf8")) as { group: string; detail: string }[];
    expect(setup[0]?.detail).toContain("/aws/lambda/rig");
    const environment = await readFile(join(rig.folder, "tmp", "seen.txt"), "utf8");
    const names = environment.split("\n").map((line) => line.split("=")[0] ?? "");
    expect(names.filter((name) => /^(AWS_|LAMBDA_|_HANDLER|_X_AMZN|LD_LIBRARY_PATH|NODE_)/.test(name))).toEqual([]);
    expect(environment).toContain(`ACTIONS_RUNNER_INPUT_JITCONFIG=${secrets.jit}`);
    expect(environment).not.toContain(secrets.token);
    expect(environment).not.toContain(secrets.session);
    expect(rig.output()).toContain("ARGS run\n");
    await rig.answered();
    expect(await readdir(join(rig.folder, "tmp"))).not.toContain("runner");
  });

  test("no secret in its output, even when the job prints one", async () => {
    const rig = await start({
      listener: `echo "blob $ACTIONS_RUNNER_INPUT_JITCONFIG"; echo "ghs_${"a".repeat(36)}"; exit 100`,
    });
    await rig.answered();
    for (const secret of [...Object.values(secrets), "aaaaaaaa"]) expect(rig.output()).not.toContain(secret);
    expect(rig.output()).toContain("blob ***");
  });

  test("processes that the job left are ended: own session, other name, orphaned twice", async () => {
    const rig = await start({
      listener: [
        running,
        "setsid sleep 300 & echo $! >> $HOME/../pids.txt",
        'bash -c "exec -a innocent sleep 300" & echo $! >> $HOME/../pids.txt',
        "( ( setsid bash -c \"trap '' TERM INT; echo \\$\\$ >> $HOME/../pids.txt; while :; do sleep 1; done\" & ) & )",
        "sleep 0.3; exit 100",
      ].join("\n"),
    });
    const innocent = spawn("sleep", ["300"], { stdio: "ignore" });
    try {
      await rig.answered();
      const pids = (await readFile(join(rig.folder, "tmp", "pids.txt"), "utf8")).trim().split("\n").map(Number);
      expect(pids).toHaveLength(3);
      expect(pids.filter(isAlive)).toEqual([]);
      expect(isAlive(innocent.pid ?? 0)).toBe(true);
    } finally {
      innocent.kill("SIGKILL");
    }
  });
});

describe("guards", () => {
  test("near the deadline the listener gets SIGINT and may end in order", async () => {
    const rig = await start({
      deadlineMs: 3000,
      grant: { shutdownSeconds: 2 },
      listener: `trap 'echo got INT; exit 103' INT; ${listening}; ${running}; while :; do sleep 0.05; done`,
    });
    expect((await rig.answered()).body).toMatchObject({ outcome: "deadline", exitCode: 103 });
    expect(rig.output()).toContain("got INT");
  });

  test("a listener that ignores it is killed before the deadline, and that is said", async () => {
    const rig = await start({
      deadlineMs: 2500,
      grant: { shutdownSeconds: 1 },
      listener: `trap '' INT TERM; ${listening}; ${running}; while :; do sleep 0.05; done`,
    });
    expect((await rig.answered()).body).toMatchObject({ outcome: "deadline" });
    expect(rig.events.at(-1)).toMatchObject({ type: "ended", outcome: "deadline" });
  });

  test("no job in time: it leaves", async () => {
    const rig = await start({
      grant: { idleSeconds: 0.3 },
      listener: `trap 'exit 0' INT; ${listening}; while :; do sleep 0.05; done`,
    });
    expect((await rig.answered()).body).toMatchObject({ outcome: "idle" });
  });

  test("a job in time: it stays as long as the job takes", async () => {
    const rig = await start({ grant: { idleSeconds: 0.3 }, listener: `${listening}; ${running}; sleep 1; exit 100` });
    expect((await rig.answered()).body).toMatchObject({ outcome: "job-succeeded" });
  });

  test("the channel says that its record has ended: a listener without a job is stopped", async () => {
    const rig = await start({
      event: (body) => (body["type"] === "listening" ? { status: 410 } : undefined),
      listener: `trap 'exit 0' INT; ${listening}; while :; do sleep 0.05; done`,
    });
    expect((await rig.answered()).body).toMatchObject({ outcome: "no-job" });
  });

  test("events that nobody takes delay nothing for long and lose no answer", async () => {
    const rig = await start({ event: () => ({ status: 500 }), listener: "exit 102" });
    expect((await rig.answered()).body).toMatchObject({ outcome: "job-failed" });
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}
