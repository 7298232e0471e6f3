import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { jobOf, rig } from "./rig.ts";

let runners: Awaited<ReturnType<typeof rig>>;
beforeAll(async () => {
  runners = await rig();
});
afterAll(() => runners.close());

describe("results of steps", () => {
  const workflow = `
    outputs: {first: "\${{ steps.first.outcome }}", last: "\${{ job.status }}"}
    steps:
      - {name: good, run: "true"}
      - {name: broken, id: first, run: exit 3}
      - {name: not reached, run: echo not-reached-text}
      - {name: clean up, if: always(), run: "echo cleaning \${{ steps.first.conclusion }}"}
      - {name: on failure, if: "failure() && steps.first.outcome == 'failure'", run: echo mourning}
      - {name: on cancel, if: cancelled(), run: echo cancelled-text}
`;

  test("a failing step fails the job, skips what follows but for its conditions, and tells everything", async () => {
    const { exitCode, completion, conclusions, seen, text } = await runners.run(workflow);
    expect(exitCode).toBe(102);
    expect(conclusions).toEqual({
      "Set up job": "success",
      good: "success",
      broken: "failure",
      "not reached": "skipped",
      "clean up": "success",
      "on failure": "success",
      "on cancel": "skipped",
      "Complete job": "success",
    });
    expect(completion).toEqual({
      conclusion: "failure",
      outputs: { first: "failure", last: "failure" },
      annotations: [{ level: "failure", message: "Process completed with exit code 3." }],
    });
    expect(text).toContain("##[error]Process completed with exit code 3.");
    expect(text).toMatch(/^cleaning failure$/m);
    expect(text).not.toMatch(/^not-reached-text$/m);
    expect(seen.steps.map((step) => step.number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(seen.steps.every((step) => step.status === "completed" && step.completed_at !== null)).toBe(true);
  });

  test("continue-on-error: the outcome is failure, the conclusion success, the job goes on", async () => {
    const { exitCode, completion, conclusions } = await runners.run(`
    outputs: {o: "\${{ steps.x.outcome }}", c: "\${{ steps.x.conclusion }}", f: "\${{ steps.y.outcome }}"}
    steps:
      - {name: forgiven, id: x, run: exit 1, continue-on-error: true}
      - {name: forgiven too, id: y, run: exit 1, continue-on-error: "\${{ fromJSON('true') }}"}
      - {name: after, run: "true"}
`);
    expect(exitCode).toBe(100);
    expect(conclusions).toMatchObject({ forgiven: "success", "forgiven too": "success", after: "success" });
    expect(completion?.outputs).toEqual({ o: "failure", c: "success", f: "failure" });
  });

  test("a step over its time is ended with its children and fails", async () => {
    const { exitCode, conclusions, text } = await runners.run(`
    steps:
      - {name: slow, timeout-minutes: 0.003, run: "sleep 61 & sleep 60"}
      - {name: after, if: always(), run: "echo after"}
`);
    expect(exitCode).toBe(102);
    expect(conclusions).toMatchObject({ slow: "failure", after: "success" });
    expect(text).toContain("##[error]The action 'slow' has timed out after 0.003 minutes.");
  });

  test("a job over its time is cancelled", async () => {
    const { exitCode, conclusions, completion } = await runners.run(`
    timeout-minutes: 0.005
    steps:
      - {name: slow, run: sleep 60}
      - {name: after, run: "echo after"}
`);
    expect(exitCode).toBe(103);
    expect(conclusions).toMatchObject({ slow: "cancelled", after: "skipped" });
    expect(completion?.annotations[0]?.message).toContain("exceeded its maximum execution time");
  });

  test.each([
    ["if", "{run: 'true', if: \"fromJSON('x')\"}"],
    ["run", "{run: \"echo ${{ fromJSON('x') }}\"}"],
    ["env", '{run: "true", env: {A: "${{ fromJSON(\'x\') }}"}}'],
    ["shell", "{run: 'true', shell: no-such-shell}"],
    ["shell that is not there", "{run: 'true', shell: 'no-such-shell {0}'}"],
    ["working-directory", "{run: 'true', working-directory: no-such-folder}"],
  ])("a wrong %s fails the step with a reason", async (_what, step) => {
    const { exitCode, completion } = await runners.run(`    steps: [${step}]\n`);
    expect(exitCode).toBe(102);
    expect(completion?.annotations).toHaveLength(1);
    expect(completion?.annotations[0]?.message).toMatch(/not valid|Invalid shell|not found|working directory/);
  });

  test("a wrong expression in the job's env fails the job before its steps", async () => {
    const { exitCode, conclusions } = await runners.run(
      `    env: {A: "\${{ fromJSON('x') }}"}\n    steps: [{name: step, run: 'true'}]\n`,
    );
    expect(exitCode).toBe(102);
    expect(conclusions).toMatchObject({ "Set up job": "failure", step: "skipped" });
  });
});

describe("what a script finds", () => {
  test("env of workflow, job and step, the nearest wins; GITHUB_ENV and GITHUB_PATH for later steps", async () => {
    const { exitCode, text } = await runners.run(`
    env: {A: job, B: job, FROM: "\${{ github.repository }}"}
    steps:
      - env: {B: step}
        run: |
          echo "1 $LEVEL $A $B $FROM"
          echo "A=later=1" >> "$GITHUB_ENV"
          printf 'TEXT<<END\\none\\ntwo=2\\nEND\\n' >> "$GITHUB_ENV"
          mkdir tools; printf '#!/bin/sh\\necho my-tool-runs' > tools/my-tool; chmod +x tools/my-tool
          echo "$PWD/tools" >> "$GITHUB_PATH"
          echo "GITHUB_WORKSPACE=/elsewhere" >> "$GITHUB_ENV"
      - run: |
          echo "2 $A $B \${{ env.A }}"
          echo "$TEXT"
          my-tool
          [ "$GITHUB_WORKSPACE" = "$PWD" ] && echo own-workspace
`);
    expect(exitCode).toBe(100);
    const lines = text.split("\n");
    for (const line of ["1 workflow job step octo/hello", "2 later=1 job later=1", "one", "two=2", "my-tool-runs"]) {
      expect(lines).toContain(line);
    }
    expect(lines).toContain("own-workspace");
  });

  test("outputs of steps reach later steps and the job", async () => {
    const { completion, text } = await runners.run(
      `
    outputs: {all: "\${{ steps.make.outputs.name }}-\${{ matrix.os }}", secret: "\${{ steps.make.outputs.hidden }}"}
    steps:
      - id: make
        run: |
          echo "name=a=b" >> "$GITHUB_OUTPUT"
          echo "hidden=x hunter2 x" >> "$GITHUB_OUTPUT"
          printf 'many<<E_O_F\\n1\\n2\\nE_O_F\\n' >> "$GITHUB_OUTPUT"
      - run: echo 'got \${{ steps.make.outputs.name }} \${{ toJSON(steps.make.outputs.many) }}'
`,
      { matrix: { os: "linux" } },
    );
    expect(text.split("\n")).toContain(String.raw`got a=b "1\n2"`);
    expect(completion?.outputs).toEqual({ all: "a=b-linux" });
    expect(text).toContain("Skip output 'secret' since it may contain secret.");
  });

  test.each([
    ["echo 'no equals sign' >> $GITHUB_OUTPUT", "Invalid format 'no equals sign'"],
    ["echo 'A<<END' >> $GITHUB_ENV", "Matching delimiter not found 'END'"],
    ["echo 'NODE_OPTIONS=--x' >> $GITHUB_ENV", "Can't store NODE_OPTIONS"],
  ])("%s fails the step", async (script, reason) => {
    const { exitCode, text } = await runners.run(`    steps:\n      - run: ${JSON.stringify(script)}\n`);
    expect(exitCode).toBe(102);
    expect(text).toContain(reason);
  });

  test("the variables and folders of the real runner", async () => {
    const { root, text } = await runners.run(`
    steps:
      - run: |
          for name in GITHUB_WORKSPACE RUNNER_WORKSPACE RUNNER_TEMP GITHUB_REPOSITORY GITHUB_RUN_ID GITHUB_SHA; do
            echo "$name is \${!name}"
          done
          echo "event \${{ github.event.number }} $(grep -c number $GITHUB_EVENT_PATH)"
          echo "\${{ runner.os }} \${{ runner.name }} $RUNNER_NAME $CI $GITHUB_ACTIONS"
          pwd
`);
    const lines = text.split("\n");
    const work = join(root, "_work");
    expect(lines).toEqual(
      expect.arrayContaining([
        `GITHUB_WORKSPACE is ${work}/hello/hello`,
        `RUNNER_WORKSPACE is ${work}/hello`,
        `RUNNER_TEMP is ${work}/_temp`,
        "GITHUB_REPOSITORY is octo/hello",
        "GITHUB_RUN_ID is 5",
        "GITHUB_SHA is abc",
        "event 9 1",
        "Linux mayfly-1-1-1 mayfly-1-1-1 true true",
        `${work}/hello/hello`,
      ]),
    );
  });

  test("shells and working directories: of the step, the job, the workflow", async () => {
    const { conclusions, text } = await runners.run(`
    defaults: {run: {working-directory: sub}}
    steps:
      - {name: make, run: mkdir -p sub/deeper, working-directory: .}
      - {name: in sub, run: "echo in $(basename $PWD)"}
      - {name: deeper, run: "echo in $(basename $PWD)", working-directory: "sub/\${{ 'deeper' }}"}
      - {name: pipefail, shell: bash, run: "false | true", continue-on-error: true, id: pipefail}
      - {name: no pipefail, run: "false | true"}
      - {name: sh, shell: sh, run: "echo \\"sh \${BASH_VERSION:-none}\\""}
      - {name: custom, shell: "bash -c 'true'; cat {0}", run: "true", continue-on-error: true}
      - {name: own, shell: "cat {0}", run: "as it is"}
      - {name: piped, run: "echo pipefail \${{ steps.pipefail.outcome }}"}
`);
    const lines = text.split("\n");
    expect(lines).toEqual(expect.arrayContaining(["in sub", "in deeper", "sh none", "as it is", "pipefail failure"]));
    expect(conclusions).toMatchObject({ "no pipefail": "success", own: "success" });
  });

  test("hashFiles looks into the workspace", async () => {
    const { text } = await runners.run(`
    steps:
      - run: mkdir d; echo x > d/a.lock; echo y > b.lock
      - {run: "echo there", if: "hashFiles('**/*.lock', '!b.lock') != ''"}
      - {run: "echo nowhere", if: "hashFiles('*.nothing') == ''"}
      - {run: "echo 'both \${{ hashFiles('**/*.lock') != hashFiles('d/*') }}'"}
`);
    expect(text.split("\n")).toEqual(expect.arrayContaining(["there", "nowhere", "both true"]));
  });
});

describe("output", () => {
  test("secrets and masked values show as ***, in the output and in GitHub's log and annotations", async () => {
    const { completion, seen, text } = await runners.run(`
    steps:
      - env: {PASSWORD: "\${{ secrets.PASSWORD }}", TOKEN: "\${{ github.token }}"}
        run: |
          echo "password $PASSWORD token $TOKEN"
          echo "::add-mask::blue-value"
          echo "now blue-value is hidden"
          echo "::error::it was $PASSWORD"
          printf 'no newline: %s' "$PASSWORD"
`);
    for (const shown of [text, seen.log, JSON.stringify(completion)]) {
      expect(shown).not.toMatch(/hunter2|ghs_of_the_job/);
    }
    for (const log of [text, seen.log]) {
      expect(log).toContain("password *** token ***\n");
      expect(log).toContain("now *** is hidden\n");
      expect(log).toContain("no newline: ***\n");
    }
    expect(completion?.annotations).toEqual([{ level: "failure", message: "it was ***" }]);
  });

  test("commands pass through, errors and warnings are annotations too, stop-commands stops that", async () => {
    const { completion, seen } = await runners.run(`
    steps:
      - run: |
          echo "::group::things"
          echo "::warning file=a.js,line=1::careful%0Anow"
          echo "::endgroup::"
          echo "::stop-commands::pause"
          echo "::error::not a command"
          echo "::pause::"
          echo "::notice title=x::note"
          echo "::debug::unseen"
`);
    const lines = seen.log.split("\n").map((line) => line.slice(line.indexOf(" ") + 1));
    expect(lines).toEqual(expect.arrayContaining(["::group::things", "::endgroup::", "::error::not a command"]));
    expect(lines).not.toContain("::debug::unseen");
    expect(completion?.annotations).toEqual([
      { level: "warning", message: "careful\nnow" },
      { level: "notice", message: "note" },
    ]);
  });

  test("GitHub's log has a time before each line, all lines, in order", async () => {
    const { seen } = await runners.run(`    steps: [{run: "for i in $(seq 1 3000); do echo line-$i; done"}]\n`);
    const lines = seen.log.split("\n").filter((line) => /Z line-\d+$/.test(line));
    expect(lines).toHaveLength(3000);
    expect(lines.map((line) => Number(line.split("-").at(-1)))).toEqual(Array.from({ length: 3000 }, (_, i) => i + 1));
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z line-1$/);
  });
});

describe("actions", () => {
  const steps = `
    steps:
      - {name: get, uses: actions/checkout@v4}
      - {name: node, id: node, uses: actions/setup-node@v4}
      - {name: look, run: "cat docs/a.txt && ./run.sh && ls .."}
      - {name: elsewhere, uses: actions/checkout@v4, with: {repository: other/one}}
      - {name: below, uses: actions/checkout@v4, with: {path: copy}}
      - {name: outcome, run: "test -f copy/docs/a.txt && echo node \${{ steps.node.outcome }}"}
`;

  test("checkout is served from the files, others are skipped and said", async () => {
    const workspaceFiles = { "docs/a.txt": "text of a\n", "run.sh": "#!/bin/sh\necho script-runs\n", "../out": "no" };
    const { conclusions, exitCode, root, text } = await runners.run(steps, { workspaceFiles });
    expect(exitCode).toBe(100);
    expect(conclusions).toMatchObject({ get: "success", node: "skipped", elsewhere: "skipped", below: "success" });
    expect(text).toContain("Done by the stand-in: actions/checkout@v4 (wrote 2 files");
    expect(text).toContain("Skipped by the stand-in: uses actions/setup-node@v4 (it cannot fetch actions)");
    expect(text.split("\n")).toEqual(expect.arrayContaining(["text of a", "script-runs", "node skipped"]));
    expect(existsSync(join(root, "_work", "hello", "out"))).toBe(false);
  });

  test("without files checkout is skipped too", async () => {
    const { conclusions } = await runners.run("    steps: [{name: get, uses: actions/checkout@v4}]\n");
    expect(conclusions).toMatchObject({ get: "skipped" });
  });
});

describe("hooks", () => {
  const steps = `    steps: [{name: step, run: echo step-text}, {name: always, if: always(), run: echo always-text}]\n`;

  async function withHook(started: string, completed: string, job = steps) {
    const runner = await runners.start({
      env: {
        ACTIONS_RUNNER_HOOK_JOB_STARTED: "/proc/self/cwd/../../../started.sh",
        ACTIONS_RUNNER_HOOK_JOB_COMPLETED: "/proc/self/cwd/../../../completed.sh",
      },
      prepare: (root) => {
        writeFileSync(join(root, "started.sh"), started);
        writeFileSync(join(root, "completed.sh"), completed);
      },
    });
    await runner.says("Listening for Jobs");
    runner.server.state.job = await jobOf(job);
    const exitCode = await runner.exitCode;
    const conclusions = Object.fromEntries(runner.server.seen.steps.map((step) => [step.name, step.conclusion]));
    return { exitCode, conclusions, text: runner.output() };
  }

  test("run first and last, with the job's variables", async () => {
    const { exitCode, conclusions, text } = await withHook("echo started $GITHUB_RUN_ID", "echo completed $GITHUB_JOB");
    expect(exitCode).toBe(100);
    expect(Object.keys(conclusions).join()).toBe("Set up job,Set up runner,step,always,Complete runner,Complete job");
    expect(text.indexOf("started 5")).toBeLessThan(text.indexOf("\nstep-text"));
    expect(text.indexOf("completed build")).toBeGreaterThan(text.indexOf("\nalways-text"));
  });

  test("get nothing of what the job's author wrote, which could change what they do", async () => {
    const job = `    env: {HOME: /elsewhere, BASH_ENV: "$(echo evil >&2)", MINE: job}\n${steps}`;
    const { text } = await withHook('echo "started [$HOME] [$BASH_ENV] [$MINE]"', "echo completed [$MINE]", job);
    expect(text).toMatch(/^started \[\] \[\] \[\]$/m);
    expect(text).toMatch(/^completed \[\]$/m);
  });

  test("a started hook that fails fails the job; but always() steps run", async () => {
    const { exitCode, conclusions, text } = await withHook("exit 4", "true");
    expect(exitCode).toBe(102);
    expect(conclusions).toMatchObject({ "Set up runner": "failure", step: "skipped", always: "success" });
    expect(text).toMatch(/^always-text$/m);
    expect(text).toContain("Process completed with exit code 4.");
  });

  test("a completed hook that fails fails the job", async () => {
    const { exitCode, conclusions } = await withHook("true", "exit 1");
    expect(exitCode).toBe(102);
    expect(conclusions).toMatchObject({ step: "success", "Complete runner": "failure" });
  });
});

describe("ended early", () => {
  const steps = `
    steps:
      - name: long
        run: |
          trap 'echo interrupted; exit 0' INT
          echo begun
          sleep 60 & wait
      - {name: next, run: echo next-text}
      - {name: always, if: always(), run: "sleep 0.1; echo always-text"}
      - {name: cancelled, if: cancelled(), run: echo cancelled-text}
`;
  const conclusions = { long: "cancelled", next: "skipped", always: "success", cancelled: "success" };

  test("SIGINT: the step is interrupted, always() steps run, the reason is an annotation", async () => {
    const runner = await runners.start({ job: await jobOf(steps) });
    await runner.says("\nbegun");
    runner.kill("SIGINT");
    expect(await runner.exitCode).toBe(103);
    const { seen } = runner.server;
    expect(Object.fromEntries(seen.steps.map((step) => [step.name, step.conclusion]))).toMatchObject(conclusions);
    expect(seen.completion?.conclusion).toBe("cancelled");
    expect(seen.completion?.annotations.map(({ message }) => message).join()).toContain(
      "The runner has received a shutdown signal.",
    );
    expect(runner.output()).toMatch(/^interrupted$/m);
    expect(runner.output()).toMatch(/^always-text$/m);
    expect(runner.output()).toContain("Job build completed with result: Canceled");
  });

  test("a cancel from GitHub does the same without that annotation", async () => {
    const runner = await runners.start({ job: await jobOf(steps) });
    await runner.says("\nbegun");
    runner.server.state.cancel = true;
    expect(await runner.exitCode).toBe(103);
    const { seen } = runner.server;
    expect(Object.fromEntries(seen.steps.map((step) => [step.name, step.conclusion]))).toMatchObject(conclusions);
    expect(JSON.stringify(seen.completion)).not.toContain("shutdown signal");
  });

  test("processes that carry the tracking id are ended with the job; one that cleared it survives", async () => {
    const runner = await runners.start({
      job: await jobOf(`
    steps:
      - run: |
          setsid sleep 61 > /dev/null 2>&1 & echo $! > tracked
          RUNNER_TRACKING_ID= setsid sleep 62 > /dev/null 2>&1 & echo $! > cleared
          sleep 0.1
`),
    });
    expect(await runner.exitCode).toBe(100);
    const pid = (name: string): number =>
      Number(readFileSync(join(runner.root, "_work", "hello", "hello", name), "utf8"));
    const cleared = pid("cleared");
    expect(readFileSync(`/proc/${String(cleared)}/comm`, "utf8")).toBe("sleep\n");
    process.kill(cleared, "SIGKILL");
    expect(runner.output()).toContain(`Terminate orphan process: pid (${String(pid("tracked"))}) (sleep)`);
  });

  test("a background process that keeps the output open does not hold the job", async () => {
    const { exitCode, text } = await runners.run("    steps: [{run: 'sleep 60 & echo done'}, {run: echo next}]\n");
    expect(exitCode).toBe(100);
    expect(text).toMatch(/^done$/m);
  });
});
