import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { inertMarkdown, markdownTable } from "../../../../src/core/check-run/markdown.ts";
import { checkRunText } from "../../../../src/entrypoints/local/output/check-run-text.ts";
import type { CheckRun } from "../../../../src/entrypoints/local/stand-ins/world.ts";
import { escapesIn, hiddenInLines, hostileRows } from "./shown.ts";

const base: CheckRun = {
  id: 1,
  repositoryId: 2,
  headSha: "a".repeat(40),
  checkSuiteId: 3,
  name: "Mayfly / CI",
  externalId: "run#1",
  detailsUrl: undefined,
  status: "completed",
  conclusion: "success",
  startedAtMs: 0,
  completedAtMs: 1,
  title: "1 job, on a runner of its own",
  summary: null,
  text: null,
  annotations: [],
};

/** A check run of others: nobody has made anything in it harmless but the Markdown of its summary. */
function shownWith(text: string): string {
  return checkRunText({
    ...base,
    name: text,
    title: text,
    summary: markdownTable(["Job", "Result"], [[inertMarkdown(text), "success"]], 60_000),
    text: `- **${inertMarkdown(text)}**: ${inertMarkdown(text)}`,
    annotations: [
      {
        path: text,
        start_line: 1,
        end_line: 1,
        start_column: null,
        end_column: null,
        annotation_level: "notice",
        title: text,
        message: `one\n${text.replaceAll("\n", " ")}`,
        raw_details: null,
      },
    ],
  });
}

describe("a check run on a terminal", () => {
  const innocent = shownWith("unit tests");

  test.each(hostileRows)("%s adds no line, no escape sequence and nothing hidden", (_, text) => {
    const shown = shownWith(text);
    expect(hiddenInLines(shown)).toEqual([]);
    expect(escapesIn(shown)).toBe(escapesIn(innocent));
    expect(shown.split("\n")).toHaveLength(innocent.split("\n").length);
  });

  test.each(["@octocat", "fixes #7 and GH-8", "https://evil.example", "www.evil.example", "a|b <c> [d](e) `f`"])(
    "%s is read as it was written, without what keeps it from being a link",
    (text) => {
      const lines = stripVTControlCharacters(shownWith(text)).split("\n");
      expect(lines.filter((line) => line.trim() === `- ${text}: ${text}`)).toHaveLength(1);
      expect(lines.filter((line) => line.trim().startsWith(`${text}  success`))).toHaveLength(1);
    },
  );

  test("links become their text, and columns line up", () => {
    const summary = markdownTable(["Job", "Result"], [["[build](https://github.com/o/r)", "success"]], 60_000);
    expect(
      stripVTControlCharacters(checkRunText({ ...base, summary }))
        .split("\n")
        .slice(3, 5),
    ).toEqual(["  Job    Result", "  build  success"]);
  });

  test("a number that is no character's stays as it is written", () => {
    expect(checkRunText({ ...base, text: "a&#99999999;b" })).toContain("a&#99999999;b");
  });
});
