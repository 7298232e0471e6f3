import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { hookScript } from "../../runner-image/supervisor/hook-script.ts";
import { buildStandIn } from "../../src/sandbox/runner/build.ts";
import { fakeServer } from "../sandbox/runner/fake-server.ts";
import { jitConfig, jobOf, TOKEN } from "../sandbox/runner/rig.ts";
import { secrets } from "./host-channel.ts";
import { listening, running, startRig, type BootOptions, type Booted, type Rig } from "./rig.ts";

let rig: Rig;
let distribution: string;
const servers: Awaited<ReturnType<typeof fakeServer>>[] = [];
beforeAll(async () => {
  rig = await startRig();
  distribution = await buildStandIn(join(rig.folder, "stand-in"));
});
afterAll(async () => {
  await rig.close();
  await Promise.all(servers.map(async (server) => await server.close()));
});

const steps = `    steps:
      - {name: step, run: "echo step-text; touch ~/step-ran"}
      - {name: always, if: always(), run: "echo always-text; touch ~/always-ran"}
`;

/** A job of the sandbox's runner, with the machine's real user data, to the machine's end. */
async function job(options: BootOptions = {}, workflow = steps) {
  const server = await fakeServer(TOKEN);
  servers.push(server);
  server.state.job = await jobOf(workflow);
  const grant = { jitConfig: jitConfig(server.url), ...options.grant };
  const booted = await rig.boot({ distribution, ...options, grant });
  const console = await booted.off();
  const shipped = booted.logs.lines().map(({ message }) => message);
  return { ...booted, ...server.seen, ran: ran(booted), console, shipped, ended: booted.channel.events.at(-1) };
}

function ran({ root }: Booted): string[] {
  return ["step-ran", "always-ran"].filter((name) => existsSync(join(root, "home/runner", name)));
}

const hook = "run/mayfly-job";
const refused = { type: "ended", outcome: "refused-job", exitCode: null };

describe("a job that may run", () => {
  test("is asked about once, by its run, and runs; nothing is said", async () => {
    const { channel, root, ran: files, log, ended } = await job();
    expect(channel.questions).toEqual([{ runner: "mayfly-77-1", session: secrets.session, runId: 5, attempt: 1 }]);
    expect(files).toEqual(["step-ran", "always-ran"]);
    expect(ended).toMatchObject({ outcome: "job-succeeded", exitCode: 100 });
    expect(log).not.toContain("Mayfly:");
    // the job's user can neither write the hook nor put another file in its place
    const modes = [`${hook}.sh`, "run"].map((path) => statSync(join(root, path)).mode & 0o022);
    expect(modes).toEqual([0, 0]);
    expect(readFileSync(join(root, `${hook}.sh`), "utf8")).toBe(hookScript);
  });

  test("where the claim's answer spares the question there is no hook", async () => {
    const { channel, root, steps: states, ran: files } = await job({ grant: { askBeforeJob: false } });
    expect(channel.questions).toEqual([]);
    expect(existsSync(join(root, `${hook}.sh`))).toBe(false);
    expect(states.map(({ name }) => name)).not.toContain("Set up runner");
    expect(files).toEqual(["step-ran", "always-ran"]);
  });

  test("Mayfly is busy, then unreachable, then knows: asked again, as late as Retry-After says", async () => {
    const atMs: number[] = [];
    const { channel, ran: files } = await job({
      job(n) {
        atMs.push(performance.now());
        return n === 1 ? { status: 503, retryAfter: 2 } : n === 2 ? null : undefined;
      },
    });
    expect(channel.answers.filter((answer) => answer.startsWith("job "))).toEqual(["job 503", "job 200"]);
    expect((atMs[1] ?? 0) - (atMs[0] ?? 0)).toBeGreaterThan(1_900);
    expect(files).toEqual(["step-ran", "always-ran"]);
  });

  test("the hook does not end of an interruption", async () => {
    const { channel, read, off } = await rig.boot({
      listener: `${listening}\n${running}
GITHUB_RUN_ID=5 GITHUB_RUN_ATTEMPT=2 bash -e "$ACTIONS_RUNNER_HOOK_JOB_STARTED" & hook=$!
sleep 0.5; kill -INT $hook; kill -TERM $hook; kill -HUP $hook; wait $hook; echo $? >"$HOME/ended"; exit 100`,
      job: async () => await sleep(1_500, undefined),
    });
    await off();
    expect(channel.questions).toMatchObject([{ attempt: 2 }]);
    expect(read("ended")).toBe("0\n");
  });
});

describe("a job that must not run", () => {
  test("is told why and ended with its runner before any step, always() or not", async () => {
    const reason = 'The role "deploy" is for main,\nnot for \\o/ go';
    const said = 'The role "deploy" is for main, not for  o/ go';
    const {
      log,
      steps: states,
      ran: files,
      completion,
      ended,
      channel,
    } = await job({
      job: () => ({ status: 403, body: { allowed: false, reason } }),
    });
    expect(files).toEqual([]);
    expect(log).toContain(`::error::Mayfly: this job may not run here: ${said}\n`);
    expect(states.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "Set up job completed",
      "Set up runner in_progress",
      "step queued",
      "always queued",
      "Complete job queued",
    ]);
    expect(completion).toBeUndefined();
    expect(ended).toMatchObject({ ...refused, cause: said });
    expect(channel.questions).toHaveLength(1);
  });

  test("everything but a clear yes is a no", async () => {
    const noes = [
      { reply: { status: 401 }, cause: "Mayfly refused it (401)." },
      { reply: { status: 409, body: { reason: "Another job runs here." } }, cause: "Another job runs here." },
      { reply: { status: 410, body: { reason: "" } }, cause: "Mayfly refused it (410)." },
      { reply: { status: 200, body: { allowed: "true" } }, cause: "Mayfly refused it (200)." },
    ];
    const jobs = await Promise.all(noes.map(async ({ reply }) => await job({ job: () => reply })));
    expect(jobs.map(({ ran: files, ended, channel }) => ({ files, ended, asked: channel.questions.length }))).toEqual(
      noes.map(({ cause }) => ({ files: [], ended: expect.objectContaining({ ...refused, cause }), asked: 1 })),
    );
  });

  test("silence is a no", async () => {
    const { ran: files, ended, channel } = await job({ job: () => null, settings: { MAYFLY_ASK_SECONDS: 2 } });
    expect(files).toEqual([]);
    expect(ended).toMatchObject({ ...refused, cause: "Mayfly did not answer." });
    expect(channel.questions.length).toBeGreaterThan(1);
  });

  test("a hook that is killed before its answer takes the runner with it, whatever the answer", async () => {
    const { channel, root, off } = await rig.boot({
      listener: `trap '' TERM INT; ${listening}\n${running}
GITHUB_RUN_ID=5 GITHUB_RUN_ATTEMPT=1 bash -e "$ACTIONS_RUNNER_HOOK_JOB_STARTED" & hook=$!
sleep 0.8; kill -KILL $hook; sleep 0.5; touch "$HOME/step-ran"; exit 102`,
      job: async () => await sleep(2_500, undefined),
    });
    await off();
    expect(ran({ root } as Booted)).toEqual([]);
    expect(channel.events.at(-1)).toMatchObject({ ...refused, cause: "The job-started hook was ended." });
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
          cp -r ~/.aws ~/seen; env >~/env
`;
    const { console, shipped, log, read } = await job(
      {
        home: { ".aws/credentials": "of the image", ".aws/sso/cache": "of the image" },
        job: () => ({ status: 200, body: { allowed: true, role, notice: "Mind the gap." } }),
      },
      look,
    );
    expect(log).toContain("Mayfly: Mind the gap.\n");
    expect(log).toContain("Mayfly: credentials of role deploy until 09:05 UTC are in ~/.aws\n");
    expect(shipped).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/\/home\/runner\/\.aws 700$/),
        expect.stringMatching(/\/\.aws\/config 600$/),
        expect.stringMatching(/\/\.aws\/credentials 600$/),
        "aws_secret_access_key=***",
        "aws_session_token=***",
      ]),
    );
    expect(shipped.join("\n")).not.toContain("sso");
    expect(read("seen/credentials")).toBe(
      `[default]
aws_access_key_id=${role.accessKeyId}
aws_secret_access_key=${role.secretAccessKey}
aws_session_token=${role.sessionToken}
`,
    );
    expect(read("seen/config")).toBe("[default]\nregion=eu-west-3\n");
    for (const text of [console, shipped.join("\n"), read("env")]) {
      for (const secret of [role.secretAccessKey, role.sessionToken, secrets.session])
        expect(text).not.toContain(secret);
    }
  });

  test("that are denied: the job runs without, and is told why", async () => {
    const denied = "The branch is not main.";
    const {
      log,
      root,
      ran: files,
    } = await job({
      job: () => ({ status: 200, body: { allowed: true, role: { name: "deploy", denied } } }),
    });
    expect(log).toContain(`Mayfly: no credentials of role deploy: ${denied}\n`);
    expect(existsSync(join(root, "home/runner/.aws"))).toBe(false);
    expect(files).toEqual(["step-ran", "always-ran"]);
  });
});
