import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { cleanUp, commandLines, expectAllServed, makeRepository, newFolder, once, output, start } from "./npm-start.ts";
import type { Once } from "./npm-start.ts";

afterAll(cleanUp);

describe("the sample repository", () => {
  let run: Once;
  beforeAll(async () => {
    run = await once();
  });

  test("lint, a matrix, a job that needs them and one that fails: all served and explained", async () => {
    expectAllServed(run, 6);
    const conclusions = Object.fromEntries(run.jobs.map((job) => [job.name, job.conclusion]));
    expect(conclusions).toEqual({
      lint: "success",
      "test (World)": "success",
      "test (Mayfly)": "success",
      "test (a name with blanks)": "success",
      report: "success",
      flaky: "failure",
    });
    for (const job of run.jobs) {
      expect(job).toMatchObject({ state: "completed", execution: "lambda" });
      expect(job.logUrl).toMatch(/^https:\/\/eu-central-1\.console\.aws\.amazon\.com\/cloudwatch\/home\?region=eu-/);
      for (const time of [job.queuedAt, job.launchedAt, job.startedAt, job.completedAt]) {
        expect(time).toMatch(/^\d{4}-\d\d-\d\dT/);
      }
      expect(await readFile(job.logFile ?? "", "utf8")).toContain("Listening for Jobs");
    }
    expect(new Set(run.jobs.map((job) => job.logFile)).size).toBe(6);
  });

  test("its check run has an annotation with the log's link on the line of each job's key", async () => {
    expect(run.checkRuns).toHaveLength(1);
    const [checkRun] = run.checkRuns;
    expect(checkRun).toMatchObject({ name: "Mayfly / CI", conclusion: "success" });
    const text = await readFile("examples/hello-mayfly/.github/workflows/ci.yml", "utf8");
    const lines = text.split("\n");
    expect(checkRun?.annotations).toHaveLength(6);
    for (const job of run.jobs) {
      const annotation = checkRun?.annotations.find((one) => one.message.includes(job.logUrl ?? "none"));
      const key = job.name.replace(/ \(.*/, "");
      expect(annotation?.path).toBe(".github/workflows/ci.yml");
      expect(lines[(annotation?.startLine ?? 0) - 1]).toBe(`  ${key}:`);
    }
  });

  test("calls to GitHub and AWS are as few as they can be", () => {
    const { summary } = run;
    expect(summary.awsCalls["lambda.Invoke"]).toBe(6);
    const { "apps/list-webhook-deliveries": sweeps = 0, ...calls } = summary.githubCalls;
    expect(calls).toEqual({
      "apps/create-installation-access-token": 3,
      "actions/generate-runner-jitconfig-for-repo": 6,
      "repos/get-content": 1,
      "checks/create": 1,
    });
    expect(sweeps).toBeGreaterThan(0);
  });
});

describe("somebody's own repository", () => {
  test("a random text stands in its job's log and in no other's; jobs that are not ours are left alone", async () => {
    const texts = [randomUUID(), randomUUID()];
    const repo = await makeRepository({
      ".github/workflows/own.yaml": `
name: Own
on: workflow_dispatch
jobs:
  alpha:
    name: The first one
    runs-on: [self-hosted, mayfly/lambda]
    steps: [{ run: 'echo ${texts[0]}' }]
  beta:
    runs-on: mayfly
    steps: [{ run: 'echo ${texts[1]}' }]
  hosted:
    runs-on: ubuntu-latest
    steps: [{ run: 'exit 1' }]
  other:
    runs-on: [self-hosted, gpu]
    steps: [{ run: 'exit 1' }]
`,
    });
    const run = await once("--repo", repo, "--workflow", "own.yaml");
    expectAllServed(run, 2);
    expect(run.jobs.map((job) => job.name).toSorted()).toEqual(["The first one", "beta"]);
    for (const job of run.jobs) {
      const own = job.name === "beta" ? 1 : 0;
      const log = await readFile(job.logFile ?? "", "utf8");
      expect(log).toContain(texts[own]);
      expect(log).not.toContain(texts[1 - own]);
    }
    expect(run.checkRuns[0]?.annotations).toHaveLength(2);
  });

  test("mayfly/ec2 is refused with a reason, and the others run", async () => {
    const repo = await makeRepository({
      ".github/workflows/ci.yml": `
on: push
jobs:
  big: { runs-on: mayfly/ec2, steps: [{ run: 'true' }] }
  small: { runs-on: mayfly, steps: [{ run: 'true' }] }
`,
    });
    const { code, jobs, summary, checkRuns } = await once("--repo", repo);
    expect(code).toBe(1);
    expect(summary).toMatchObject({ jobs: 2, completed: 1, lost: 0, launches: 1, machinesLeft: 0 });
    expect(jobs.find((job) => job.name === "big")).toMatchObject({
      state: "refused",
      reason: { code: "MF-EXECUTION-MISSING" },
    });
    expect(checkRuns[0]?.conclusion).toBe("failure");
    const annotation = checkRuns[0]?.annotations.find((one) => one.title.startsWith("big"));
    expect(annotation).toMatchObject({ level: "failure", startLine: 4 });
    expect(annotation?.message).toContain("MF-EXECUTION-MISSING");
  });

  test("processes that a job leaves behind are gone with its machine; the code is read-only", async () => {
    const seconds = String(100_000 + Math.floor(Math.random() * 100_000));
    const repo = await makeRepository({
      ".github/workflows/ci.yml": `
on: push
jobs:
  messy:
    runs-on: mayfly
    steps:
      - run: |
          setsid sleep ${seconds} > /dev/null 2>&1 < /dev/null &
          env -i setsid bash -c 'exec -a innocent sleep ${seconds}' > /dev/null 2>&1 < /dev/null &
          ( ( env -i setsid sleep ${seconds} > /dev/null 2>&1 < /dev/null & ) & )
          touch /tmp/left-${seconds}
          sleep 0.2
  tidy:
    needs: messy
    runs-on: mayfly
    steps:
      - run: test ! -e /tmp/left-${seconds}
      - run: if touch "$(dirname "$(readlink -f "$HOME/../runner/externals")")/mine"; then exit 1; fi
`,
    });
    const run = await once("--repo", repo);
    expectAllServed(run, 2);
    expect(run.jobs.map((job) => job.conclusion)).toEqual(["success", "success"]);
    expect((await commandLines()).filter((line) => line.includes(seconds))).toEqual([]);
  });

  test("40 jobs at once: 40 machines, one token for each need, one check run", async () => {
    const repo = await makeRepository({
      ".github/workflows/many.yml": `
on: push
jobs:
  one:
    runs-on: [self-hosted, mayfly]
    strategy: { matrix: { n: [${Array.from({ length: 40 }, (_, n) => n).join(", ")}] } }
    steps: [{ run: 'sleep 1' }]
`,
    });
    const run = await once("--repo", repo);
    expectAllServed(run, 40);
    expect(run.summary.githubCalls).toMatchObject({
      "apps/create-installation-access-token": 3,
      "actions/generate-runner-jitconfig-for-repo": 40,
      "checks/create": 1,
    });
    const swapped = run.jobs.filter((job) => !job.runner?.includes(`-${job.id}-`));
    expect(swapped.length).toBeGreaterThan(0);
  });
});

describe("the command", () => {
  test("stays up for a person, shows what happens, and Ctrl-C leaves nothing behind", async () => {
    const data = await newFolder();
    const child = start(["--data", data, "--port", String(20_000 + (process.pid % 20_000))]);
    const ended = output(child);
    let shown = "";
    await new Promise<void>((resolve) => {
      child.stdout?.on("data", (chunk) => {
        shown += String(chunk);
        if (shown.includes("Mayfly stays up")) resolve();
      });
    });
    child.kill("SIGINT");
    const { code, out } = await ended;
    expect(code).toBe(0);
    for (const text of ["sandbox", "stand-in", "lint", "Mayfly / CI", "6 jobs of Mayfly: 6 completed, 0 lost"]) {
      expect(out).toContain(text);
    }
    expect((await commandLines()).filter((line) => line.includes(data))).toEqual([]);
  });

  test("Ctrl-C in the middle ends the machines too", async () => {
    const data = await newFolder();
    const child = start(["--data", data, "--port", String(20_001 + (process.pid % 20_000))]);
    const ended = output(child);
    await new Promise<void>((resolve) => {
      child.stdout?.on("data", (chunk) => {
        if (String(chunk).includes("launching")) resolve();
      });
    });
    child.kill("SIGINT");
    expect((await ended).code).toBe(1);
    expect((await commandLines()).filter((line) => line.includes(data))).toEqual([]);
  });

  test("with credentials it says that it cannot serve real GitHub yet, and stops", async () => {
    const { code, out, error } = await output(start(["--once"], { APP_ID: "1", PRIVATE_KEY: "x" }));
    expect([code, out]).toEqual([2, ""]);
    expect(error).toContain("APP_ID, PRIVATE_KEY is set, but this version cannot serve real GitHub");
  });

  test("a mistake is explained in one line", async () => {
    const { code, error } = await output(start(["--repo", "/nowhere"]));
    expect([code, error]).toEqual([2, "error: --repo /nowhere: there is no such directory\n"]);
  });
});
