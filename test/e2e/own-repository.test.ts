import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { cleanUp, commandLines, expectAllServed, makeRepository, once } from "./npm-start.ts";
import type { Once } from "./npm-start.ts";

afterAll(cleanUp);

const texts = [randomUUID(), randomUUID()];
const seconds = String(100_000 + Math.floor(Math.random() * 100_000));

const ownWorkflow = {
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
};

const refusedWorkflow = {
  ".github/workflows/ci.yml": `
on: push
jobs:
  big: { runs-on: mayfly/microvm, steps: [{ run: 'true' }] }
  small: { runs-on: mayfly, steps: [{ run: 'true' }] }
`,
};

const messyWorkflow = {
  ".github/workflows/ci.yml": `
on: push
jobs:
  messy:
    runs-on: mayfly/lambda
    steps:
      - run: |
          setsid sleep ${seconds} > /dev/null 2>&1 < /dev/null &
          env -i setsid bash -c 'exec -a innocent sleep ${seconds}' > /dev/null 2>&1 < /dev/null &
          ( ( env -i setsid sleep ${seconds} > /dev/null 2>&1 < /dev/null & ) & )
          touch /tmp/left-${seconds}
          sleep 0.2
  tidy:
    needs: messy
    runs-on: mayfly/lambda
    steps:
      - run: test ! -e /tmp/left-${seconds}
      - run: if touch "$(dirname "$(readlink -f "$HOME/../runner/externals")")/mine"; then exit 1; fi
`,
};

/** They mostly wait, so they run at the same time. */
const runs = {} as Record<"own" | "refused" | "messy", Once>;

beforeAll(async () => {
  [runs.own, runs.refused, runs.messy] = await Promise.all([
    once("--repo", await makeRepository(ownWorkflow), "--workflow", "own.yaml"),
    once("--repo", await makeRepository(refusedWorkflow)),
    once("--repo", await makeRepository(messyWorkflow)),
  ]);
});

describe("somebody's own repository", () => {
  test("a random text stands in its job's log and in no other's; jobs that are not ours are left alone", async () => {
    const run = runs.own;
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

  test("an execution that is not there is refused with a reason, and the others run", async () => {
    const { code, jobs, summary, checkRuns } = runs.refused;
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
    const run = runs.messy;
    expectAllServed(run, 2);
    expect(run.jobs.map((job) => job.conclusion)).toEqual(["success", "success"]);
    expect((await commandLines()).filter((line) => line.includes(seconds))).toEqual([]);
  });
});
