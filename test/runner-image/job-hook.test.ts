import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { buildStandIn } from "../../src/sandbox/runner/build.ts";
import { isAlive } from "../helpers/processes.ts";
import { fakeServer } from "../sandbox/runner/fake-server.ts";
import { jitConfig, jobOf, TOKEN } from "../sandbox/runner/rig.ts";
import { removeBundle, secrets, startRig } from "./rig.ts";
import type { RigOptions } from "./rig.ts";

let folder: string;
let distribution: string;
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mayfly-job-hook-"));
  distribution = await buildStandIn(join(folder, "stand-in"));
});
afterEach(async () => {
  await Promise.all(ends.splice(0).map(async (end) => await end()));
});
afterAll(async () => {
  await removeBundle();
  await rm(folder, { recursive: true, force: true });
});

const steps = `    steps:
      - {name: step, run: "echo step-text; echo step >>~/../../ran"}
      - {name: always, if: always(), run: "echo always-text; echo always >>~/../../ran"}
`;

/** A job of the sandbox's runner under the real supervisor, to the supervisor's answer. */
async function job(options: RigOptions = {}, workflow = steps) {
  const server = await fakeServer(TOKEN);
  ends.push(() => server.close());
  server.state.job = await jobOf(workflow);
  const grant = { jitConfig: jitConfig(server.url), ...options.grant };
  const runner = options.listener === undefined ? { distribution } : {};
  const rig = await startRig({ ...runner, ...options, grant });
  ends.push(() => rig.close());
  const { body: served } = await rig.answered();
  const ran = await readFile(join(rig.folder, "ran"), "utf8").catch(() => "");
  return { ...rig, ...server.seen, served, ran, ended: rig.events.at(-1) };
}

const bothSteps = "step\nalways\n";
const running = 'echo "2026-11-22 10:00:00Z: Running job: build"';

describe("a job that may run", () => {
  test("is asked about once, by its run, and runs; nothing is said, and the job sees no session", async () => {
    const workflow = `${steps}      - run: env; cat /proc/$PPID/environ | tr '\\0' '\\n'\n`;
    const { questions, ran, served, log } = await job({}, workflow);
    expect(questions).toEqual([{ runner: "mayfly-1-1", session: secrets.session, runId: 5, attempt: 1 }]);
    expect(ran).toBe(bothSteps);
    expect(served).toMatchObject({ outcome: "job-succeeded" });
    expect(log).not.toContain("Mayfly:");
    expect(log).toContain("ACTIONS_RUNNER_HOOK_JOB_STARTED=");
    for (const secret of [secrets.session, secrets.token]) expect(log).not.toContain(secret);
  });

  test("where the claim's answer spares the question there is no hook of ours; the image's own runs", async () => {
    const own = join(folder, "stand-in", "run.sh");
    const {
      questions,
      steps: states,
      log,
    } = await job({
      grant: { askBeforeJob: false },
      environment: { ACTIONS_RUNNER_HOOK_JOB_STARTED: own },
    });
    expect(questions).toEqual([]);
    expect(states.map(({ name }) => name)).toContain("Set up runner");
    expect(log).toContain(`Run '${own}'`);
  });

  test("Mayfly is busy, then unreachable, then knows: asked again", async () => {
    const { questions, ran } = await job({
      job: (n) => [{ status: 503, retryAfter: 1 }, { status: 429 }, null][n - 1],
    });
    expect(questions).toHaveLength(4);
    expect(ran).toBe(bothSteps);
  });
});

describe("a job that must not run", () => {
  test("is told why and ended with its runner before any step, always() or not", async () => {
    const reason = 'The role "deploy" is for main,\ngo';
    const {
      log,
      steps: states,
      ran,
      completion,
      ended,
      served,
      questions,
    } = await job({
      job: () => ({ status: 403, body: { allowed: false, reason } }),
    });
    expect(ran).toBe("");
    expect(log).toContain('::error::Mayfly: this job may not run here: The role "deploy" is for main, go\n');
    expect(states.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "Set up job completed",
      "Set up runner in_progress",
      "step queued",
      "always queued",
      "Complete job queued",
    ]);
    expect(completion).toBeUndefined();
    expect(ended).toMatchObject({ type: "ended", outcome: "refused-job", exitCode: null, cause: reason });
    expect(served).toMatchObject({ outcome: "refused-job" });
    expect(questions).toHaveLength(1);
  });

  test("silence is a no", async () => {
    const { ran, ended } = await job({ job: () => null, environment: { MAYFLY_ASK_WITHIN_MS: "400" } });
    expect(ran).toBe("");
    expect(ended).toMatchObject({ outcome: "refused-job", cause: "Mayfly did not answer." });
  });

  test("a hook that asks nothing sensible is a no", async () => {
    const { ended, questions } = await job({
      listener: `${running}; bash -e "$ACTIONS_RUNNER_HOOK_JOB_STARTED"; exit 100`,
    });
    expect(questions).toEqual([]);
    expect(ended).toMatchObject({
      outcome: "refused-job",
      cause: "The job-started hook did not name the job's run.",
    });
  });

  test("a hook that is killed before its answer takes every process of the runner with it, whatever the answer", async () => {
    const { ended, folder: place } = await job({
      listener: `trap '' TERM INT; ${running}
GITHUB_RUN_ID=5 GITHUB_RUN_ATTEMPT=1 bash -e "$ACTIONS_RUNNER_HOOK_JOB_STARTED" & hook=$!
setsid sleep 300 & echo $! >"$HOME/../../pid"
sleep 0.5; kill -KILL $hook; sleep 0.5; echo step >>"$HOME/../../ran"; sleep 300; exit 102`,
      job: async () => await sleep(1_500, undefined),
    });
    await expect(access(join(place, "ran"))).rejects.toThrow("ENOENT");
    expect(isAlive(Number(await readFile(join(place, "pid"), "utf8")))).toBe(false);
    expect(ended).toMatchObject({
      outcome: "refused-job",
      cause: "The job-started hook was ended before it had an answer.",
    });
  });
});

describe("credentials of a role", () => {
  const role = {
    name: "deploy",
    region: "eu-west-3",
    accessKeyId: "ASIAEXAMPLEOFAJOB",
    secretAccessKey: "s3cr3tAccess+Key/OfTheRole",
    sessionToken: "t0ken".repeat(60),
    expiresAtMs: Date.UTC(2026, 10, 23, 9, 5),
  };

  test("are files that only the job's user can read, in no environment and in no log", async () => {
    const look = `    steps:
      - run: |
          stat -c '%n %a' ~/.aws ~/.aws/*
          cat ~/.aws/credentials ~/.aws/config
          cp -r ~/.aws ~/../../seen; env >~/../../env
`;
    const answer = { status: 200, body: { allowed: true, role, notice: "Mind the gap." } };
    const { folder: place, log, ...rig } = await job({ job: () => answer }, look);
    const output = rig.output();
    expect(log).toContain("Mayfly: Mind the gap.\n");
    expect(log).toContain("Mayfly: credentials of role deploy until 09:05 UTC are in ~/.aws\n");
    expect(output).toMatch(/\/home\/\.aws 700$/m);
    expect(output).toMatch(/\/\.aws\/config 600$/m);
    expect(output).toMatch(/\/\.aws\/credentials 600$/m);
    expect(output).toContain("aws_secret_access_key=***\naws_session_token=***\n");
    expect(await readFile(join(place, "seen", "credentials"), "utf8")).toContain(role.sessionToken);
    for (const text of [output, await readFile(join(place, "env"), "utf8")]) {
      for (const secret of [role.secretAccessKey, role.sessionToken]) expect(text).not.toContain(secret);
    }
    await expect(access(join(place, "tmp", "home"))).rejects.toThrow("ENOENT");
  });

  test("that are denied: the job runs without, and is told why", async () => {
    const denied = "The branch is not main.";
    const { log, ran } = await job({
      job: () => ({ status: 200, body: { allowed: true, role: { name: "deploy", denied } } }),
    });
    expect(log).toContain(`Mayfly: no credentials of role deploy: ${denied}\n`);
    expect(ran).toBe(bothSteps);
  });
});
