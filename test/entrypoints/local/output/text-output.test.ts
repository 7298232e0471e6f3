import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "@jest/globals";
import type { Job } from "../../../../src/core/model/job.ts";
import type { Runner } from "../../../../src/core/model/runner.ts";
import { textOutput } from "../../../../src/entrypoints/local/output/text-output.ts";
import { jobRecord, planOf } from "../../../helpers/records.ts";
import { escapesIn, hiddenInLines, hostileRows } from "./shown.ts";

/** All that the output can be told, with the text wherever a stranger's text can stand. */
function shownWith(text: string): string {
  let shown = "";
  const output = textOutput(
    (line) => (shown += line),
    () => 0,
  );
  const runner = {
    execution: "ec2",
    candidates: [{ market: "spot", instanceType: text, subnet: text, zone: text }],
    candidateNumber: 1,
  } as Partial<Runner> as Runner;
  const plan = planOf({ execution: "ec2", reasons: [text, text] });
  const reason = { code: "MF-LABEL-RUNNER", detail: text, sinceMs: 1 } as const;
  const ends = { startedAtMs: 5, completedAtMs: 9 };
  const report = (id: number, changes: Partial<Job>, on?: Runner) => ({
    job: jobRecord(id, { name: text, labels: [text], ...changes }),
    runner: on,
    logFile: undefined,
  });
  output.started({ files: text });
  output.note(`${text} is not ours (${text}): stays queued`);
  output.alarm(`not finished: job ${text} is queued`);
  output.jobs([
    report(1, { state: "launching", plan }),
    report(2, { state: "refused", reason }),
    report(3, { state: "running", runnerName: text }, runner),
    report(4, { state: "completed", conclusion: text, ...ends }, runner),
    report(5, { state: "waiting", reason }),
  ]);
  return shown;
}

describe("what a person sees while the sandbox runs", () => {
  const innocent = shownWith("unit tests");

  test.each(hostileRows)("%s adds no line, no escape sequence and nothing hidden", (_, text) => {
    const shown = shownWith(text);
    expect(hiddenInLines(shown)).toEqual([]);
    expect(escapesIn(shown)).toBe(escapesIn(innocent));
    expect(shown.split("\n")).toHaveLength(innocent.split("\n").length);
  });

  test("a line for each change of a job, its words as they are", () => {
    const lines = stripVTControlCharacters(innocent).split("\n");
    expect(lines).toContain("   0.0 s  unit tests    launching (unit tests; unit tests)");
    expect(lines).toContain("   0.0 s  unit tests is not ours (unit tests): stays queued");
    expect(lines).toContain("   0.0 s  unit tests    running on EC2 spot unit tests, runner unit tests");
    expect(lines.filter((line) => line.includes("refused: MF-LABEL-RUNNER, "))).toHaveLength(1);
  });

  test("a name of which nothing can be seen is shown as a dash, and columns are as wide as what is seen", () => {
    const lines = stripVTControlCharacters(shownWith("\u200b".repeat(40))).split("\n");
    expect(lines.filter((line) => line.startsWith("   0.0 s  –             "))).toHaveLength(5);
  });
});
