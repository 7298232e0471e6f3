import { describe, expect, test } from "@jest/globals";
import { array, assert, constantFrom, oneof, property, string } from "fast-check";
import { composeAnnotation, composeCheckRun } from "../../../src/core/check-run/compose.ts";
import type { ReportFacts } from "../../../src/core/check-run/compose.ts";
import { escapeMarkdown, inertMarkdown, linkTarget } from "../../../src/core/check-run/markdown.ts";
import { visibleText } from "../../../src/core/check-run/visible-text.ts";
import type { Job } from "../../../src/core/model/job.ts";
import { newRun } from "../../../src/core/model/new-run.ts";
import type { Runner } from "../../../src/core/model/runner.ts";
import type { Annotation, CheckRun } from "../../../src/core/ports.ts";
import { hiddenIn, payloads } from "../../fixtures/hostile/payloads.ts";
import { jobRecord, planOf } from "../../helpers/records.ts";

const corpus = payloads();
const texts = corpus.map(({ text }) => text);
const rows = corpus.map(({ kind, text }) => [`${kind} ${JSON.stringify(text).slice(0, 60)}`, text] as const);
/** Anything, made of pieces of the corpus and of what Unicode has. */
const anything = array(oneof(constantFrom(...texts), string({ unit: "binary", maxLength: 6 })), { maxLength: 4 }).map(
  (parts) => parts.join(""),
);

/** What a reader sees of escaped text. */
const shownOf = (markdown: string): string =>
  markdown.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));

function expectInert(text: string): void {
  const markdown = inertMarkdown(text);
  const bare = markdown.replaceAll(/&#\d+;/g, "");
  expect(bare).not.toMatch(/[\\`*_{}[\]()#+!|<>~@&$\n]/);
  expect(hiddenIn(markdown)).toEqual([]);
  // nothing is lost but what cannot be seen
  expect(shownOf(escapeMarkdown(text))).toBe(visibleText(text));
  expect(shownOf(markdown).replaceAll("\u200b", "")).toBe(visibleText(text));
  // what GitHub looks for in the finished page
  expect(shownOf(markdown)).not.toMatch(/@\w|#\d|\bGH-\d|https?:\/\/|\bwww\.\w/i);
  expect(markdown).not.toMatch(/:\/\/|\bwww\./i);
}

describe("text of other people in Markdown", () => {
  test.each(rows)("%s is only text", (_, text) => expectInert(text));

  test("whatever it is", () => {
    assert(property(anything, expectInert), { numRuns: 500 });
  });

  test("ordinary names stay as they are", () => {
    for (const name of ["unit tests 20.x", "build: arm64, x64", "test / 日本語", "ci 🦋", "größer"]) {
      expect(inertMarkdown(name)).toBe(name);
    }
  });
});

describe("where a link leads", () => {
  test.each([
    ["https://github.com/o/r/actions/runs/1/job/2", "https://github.com/o/r/actions/runs/1/job/2"],
    ["http://127.0.0.1:1/a b", "http://127.0.0.1:1/a%20b"],
    ["https://x.example/a)](b|c<d>\n\"e'[f]\\", "https://x.example/a%29%5D%28b%7Cc%3Cd%3E%0A%22e'%5Bf%5D%5C"],
    ["https://x.example/\ud800", "https://x.example/%EF%BF%BD"],
    ["javascript:alert(1)//https://", undefined],
    ["data:text/html,x", undefined],
    ["//x.example", undefined],
    ["\u0000https://x.example", undefined],
    [`https://x.example/${"a".repeat(1000)}`, undefined],
    [undefined, undefined],
  ])("case %#", (url, target) => {
    expect(linkTarget(url)).toBe(target);
  });

  test("no text ends the link or begins another one", () => {
    const links = property(anything, (text) => {
      expect(linkTarget(`https://x.example/${text.slice(0, 900)}`)).toMatch(
        /^https:\/\/x\.example\/[\w.~!*';:@&=+$,/?#%-]*$/,
      );
    });
    assert(links, { numRuns: 300 });
  });
});

/** A check run and an annotation in which the text stands wherever a stranger's text can stand. */
function composeWith(text: string): { checkRun: CheckRun; annotation: Annotation } {
  const runner = {
    name: "mayfly-1-1",
    region: "eu-central-1",
    execution: "ec2",
    candidates: [{ market: "spot", instanceType: text, subnet: text, zone: text }],
    candidateNumber: 1,
    fellBackFrom: [text],
    machineId: "i-1",
    createdAtMs: 1,
    logGroup: "/g",
    logStream: "s",
  } as Partial<Runner> as Runner;
  const job = (id: number, changes: Partial<Job>): Job =>
    jobRecord(id, {
      name: text,
      workflowName: text,
      headBranch: text,
      labels: [text],
      htmlUrl: `https://github.com/${text.slice(0, 900)}`,
      runnerName: "mayfly-1-1",
      conclusion: text,
      plan: planOf({ execution: "ec2", reasons: [text] }),
      delays: [{ code: "MF-CAP", detail: text, sinceMs: 0, untilMs: 5 }],
      ...changes,
    });
  const reason = { code: "MF-LABEL-RUNNER", detail: text, sinceMs: 1 } as const;
  const refused = job(2, { state: "refused", reason });
  const jobs = [job(1, { state: "completed", startedAtMs: 5, completedAtMs: 9 }), refused, job(3, { state: "lost" })];
  const facts: ReportFacts = { run: newRun(refused), jobs, runners: new Map([["mayfly-1-1", runner]]) };
  const workflow = { path: `.github/workflows/${text}.yml`, jobs: [{ key: text, line: 7, name: text }] };
  return { checkRun: composeCheckRun(facts), annotation: composeAnnotation(facts, workflow, refused) };
}

/** How often each character that can mean something stands there by itself, and how many lines there are. */
function skeleton(markdown: string): Record<string, number> {
  const bare = markdown.replaceAll(/&#\d+;/g, "").replaceAll(/\]\([^()\s]*\)/g, "](url)");
  const counts: Record<string, number> = {};
  for (const [char] of bare.matchAll(/[\\`*_{}[\]()#+!|<>~@&$\n]/g)) counts[char] = (counts[char] ?? 0) + 1;
  return counts;
}

const innocent = composeWith("unit tests");

function expectHarmless(text: string): void {
  const { checkRun, annotation } = composeWith(text);
  expect(skeleton(checkRun.summary)).toEqual(skeleton(innocent.checkRun.summary));
  expect(skeleton(checkRun.text ?? "")).toEqual(skeleton(innocent.checkRun.text ?? ""));
  expect(checkRun.title).toBe(innocent.checkRun.title);
  for (const line of [checkRun.name, annotation.title, annotation.path]) expect(hiddenIn(line)).toEqual([]);
  for (const part of [checkRun.summary, checkRun.text ?? "", annotation.message]) {
    expect(part.split("\n").flatMap(hiddenIn)).toEqual([]);
  }
  // our own lines, in our order, however many the text has
  const kinds = (message: string): string[] => message.split("\n").map((line) => line.slice(0, 8));
  const [got, wanted] = [kinds(annotation.message), kinds(innocent.annotation.message)];
  if (annotation.message.length < 9000) expect(got.length).toBe(wanted.length);
  expect(got[0]).toBe(wanted[0]);
  expect(checkRun.summary.length).toBeLessThan(65_536);
  expect(checkRun.name.length).toBeLessThanOrEqual(200);
  expect(annotation.title.length).toBeLessThanOrEqual(255);
}

describe("a check run of a repository that chooses its names to deceive", () => {
  test.each(rows)("%s changes no part of it but the words", (_, text) => expectHarmless(text));

  test("whatever they are", () => {
    assert(property(anything, expectHarmless), { numRuns: 200 });
  });

  test("a name of which nothing can be seen is shown as a dash", () => {
    expect(composeWith("\u200b\u202e").checkRun.summary).toContain("| [–](https://github.com/");
  });

  test("no cut leaves half an escape or half a character", () => {
    for (let length = 90; length < 210; length += 1) {
      const { checkRun, annotation } = composeWith(`${"x".repeat(length)}🦋|`.repeat(4));
      for (const part of [checkRun.name, checkRun.summary, checkRun.text ?? "", annotation.title]) {
        expect(part.isWellFormed()).toBe(true);
        expect(part).not.toMatch(/&#\d*(?![\d;])/);
      }
    }
  });
});

test("an annotation stands on the path of a file only if that is what it looks like", () => {
  const at = (path: string): string =>
    composeAnnotation({ run: newRun(jobRecord(1)), jobs: [], runners: new Map() }, { path, jobs: [] }, jobRecord(1))
      .path;
  expect(at(".github/workflows/ci $(x) [y].yml")).toBe(".github/workflows/ci $(x) [y].yml");
  expect(at(".github/workflows/\u202elmy.exe")).toBe(".github");
});
