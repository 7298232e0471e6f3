import { describe, expect, test } from "@jest/globals";
import { composeAnnotation, composeCheckRun } from "../../../src/core/check-run/compose.ts";
import type { ReportFacts } from "../../../src/core/check-run/compose.ts";
import { duration } from "../../../src/core/check-run/duration.ts";
import { escapeMarkdown, markdownTable } from "../../../src/core/check-run/markdown.ts";
import type { Job } from "../../../src/core/model/job.ts";
import { newRun } from "../../../src/core/model/new-run.ts";
import type { Run } from "../../../src/core/model/run.ts";
import type { Runner } from "../../../src/core/model/runner.ts";
import { jobRecord } from "../../helpers/records.ts";

const run: Run = { ...newRun(jobRecord(1)), completedAtMs: 1 };

const queuedAtMs = Date.UTC(2026, 10, 22, 12);
const runner = {
  name: "mayfly-1-1",
  region: "eu-central-1",
  execution: "lambda",
  candidates: [],
  candidateNumber: 1,
  fellBackFrom: [],
  createdAtMs: queuedAtMs,
  claimedAtMs: queuedAtMs + 1000,
  logGroup: "/aws/lambda/runner",
  logStream: "2026/11/22/[$LATEST]ab",
} as Partial<Runner> as Runner;

function completed(id: number, changes: Partial<Job> = {}): Job {
  const [startedAtMs, completedAtMs] = [queuedAtMs + 2500, queuedAtMs + 14_500];
  const state = { state: "completed", conclusion: "success", runnerName: "mayfly-1-1" } as const;
  return jobRecord(id, { ...state, queuedAtMs, startedAtMs, completedAtMs, name: "lint", ...changes });
}

function facts(jobs: Job[], changes: Partial<Run> = {}): ReportFacts {
  return {
    run: { ...run, ...changes },
    jobs,
    runners: new Map([["mayfly-1-1", runner]]),
  };
}

const workflow = { path: ".github/workflows/ci.yml", jobs: [{ key: "lint", line: 7, name: undefined }] };

describe("composeCheckRun", () => {
  test("a good run: success, a row a job, a log link", () => {
    const checkRun = composeCheckRun(facts([completed(1)]));
    expect(checkRun).toMatchObject({ name: "Mayfly / CI", status: "completed", conclusion: "success" });
    expect(checkRun.title).toBe("1 job, each on a runner of its own");
    expect(checkRun.summary).toContain("| [lint](");
    expect(checkRun.summary).toContain("| Lambda | 3 s | 12 s | success | [CloudWatch](https://eu-central-1.console");
  });

  test("a job that fails by its own step is no failure of ours", () => {
    expect(composeCheckRun(facts([completed(1, { conclusion: "failure" })])).conclusion).toBe("success");
  });

  test("a refused job: failure, with code, sentence and what to do, though the run goes on", () => {
    const reason = { code: "MF-EXECUTION-MISSING", detail: "mayfly/ec2 asks for ec2", sinceMs: 1 } as const;
    const refused = jobRecord(2, { state: "refused", reason });
    const checkRun = composeCheckRun(facts([completed(1), refused], { completedAtMs: undefined }));
    expect(checkRun).toMatchObject({ status: "completed", conclusion: "failure" });
    expect(checkRun.summary).toContain("(MF-EXECUTION-MISSING): This Mayfly cannot launch that execution.");
    expect(checkRun.summary).toContain("What to do: ");
  });

  test("a job that waits for a cap: in progress, with its place in the line", () => {
    const reason = { code: "MF-CAP", detail: "total", sinceMs: 1, scope: "total", position: 3 } as const;
    const waiting = jobRecord(2, { state: "waiting", reason });
    const checkRun = composeCheckRun(facts([waiting], { completedAtMs: undefined }));
    expect(checkRun).toMatchObject({ status: "in_progress", conclusion: undefined });
    expect(checkRun.summary).toContain("It is number 3 in the line.");
  });

  test("256 jobs with hostile names stay below GitHub's limit and cannot break the table", () => {
    const name = `${"x|</td>\n# a".repeat(30)}\u202e[l](http://evil)`;
    const checkRun = composeCheckRun(facts(Array.from({ length: 256 }, (_, id) => completed(id, { name }))));
    expect(checkRun.summary.length).toBeLessThan(65_536);
    expect(checkRun.summary).not.toContain("](http://evil)");
    for (const line of checkRun.summary.split("\n").filter((one) => one.startsWith("|"))) {
      expect(line.split("|")).toHaveLength(8);
    }
    expect(checkRun.summary).toMatch(/… and \d+ more\./);
  });
});

describe("composeAnnotation", () => {
  test("stands on the line of the job's key and carries the log link", () => {
    const annotation = composeAnnotation(facts([]), workflow, completed(1));
    expect(annotation).toMatchObject({ path: ".github/workflows/ci.yml", startLine: 7, endLine: 7, level: "notice" });
    expect(annotation.title).toBe("lint: success · Lambda · 12 s");
    expect(annotation.message).toContain("Logs: https://eu-central-1.console.aws.amazon.com/cloudwatch/home");
    expect(annotation.message).toContain("aws logs tail '/aws/lambda/runner'");
  });

  test("a lost job says why it died and what to do", () => {
    const reason = { code: "MF-MACHINE-LOST", detail: "out of memory", sinceMs: 1 } as const;
    const annotation = composeAnnotation(
      facts([]),
      workflow,
      completed(1, { state: "lost", reason, conclusion: undefined }),
    );
    expect(annotation.level).toBe("failure");
    expect(annotation.message).toContain("MF-MACHINE-LOST: The machine ended under the job. out of memory");
  });

  test("without a log stream it says so instead of linking nowhere", () => {
    const bare = { ...facts([]), runners: new Map([["mayfly-1-1", { ...runner, logStream: undefined }]]) };
    expect(composeAnnotation(bare, workflow, completed(1)).message).toContain("never told its log stream");
    expect(composeAnnotation(facts([]), workflow, completed(1, { runnerName: undefined })).message).toContain(
      "No runner",
    );
  });
});

test.each([
  [0, "under 1 s"],
  [850, "under 1 s"],
  [12_400, "12 s"],
  [60_000, "1 min"],
  [185_000, "3 min 5 s"],
  [3_600_000, "1 h"],
  [7_260_000, "2 h 1 min"],
])("duration(%i) is %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test("escapeMarkdown leaves words alone and disarms markup", () => {
  expect(escapeMarkdown("unit tests 20.x")).toBe("unit tests 20.x");
  expect(escapeMarkdown("a|b\n<img>@team")).toBe("a&#124;b &#60;img&#62;&#64;team");
  expect(markdownTable(["a"], [["1"], ["2"]], 1000)).toBe("| a |\n| --- |\n| 1 |\n| 2 |");
});
