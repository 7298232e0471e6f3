import { array, assert, asyncProperty, constantFrom, oneof, string } from "fast-check";
import { describe, expect, test } from "@jest/globals";
import { workflowReader } from "../../../src/adapters/workflow-file/workflow-reader.ts";

const reader = workflowReader();
const read = (text: string) => reader.jobs(".github/workflows/ci.yml", text);

test("keys, lines and names as written", async () => {
  const text = `# a comment
name: CI
on:
  push:

jobs:
  lint:
    runs-on: mayfly
    steps: [{run: "true"}]

  # the matrix
  "test":
    name: "Test \${{ matrix.os }} on \${{ matrix.node }}"
    strategy: {matrix: {os: [a], node: [1]}}
    runs-on: mayfly
    steps: [{run: "true"}]
  deploy: {name: Deploy, needs: [lint, test], runs-on: mayfly, steps: [{run: "true"}]}
  call: {name: '', uses: ./.github/workflows/other.yml}
  number: {name: 12, runs-on: mayfly, steps: [{run: "true"}]}
`;
  expect(await read(text)).toEqual([
    { key: "lint", line: 7, name: undefined },
    { key: "test", line: 12, name: "Test ${{ matrix.os }} on ${{ matrix.node }}" },
    { key: "deploy", line: 17, name: "Deploy" },
    { key: "call", line: 18, name: undefined },
    { key: "number", line: 19, name: "12" },
  ]);
});

test("anchors are followed", async () => {
  const text = `on: push
jobs:
  one: &one
    name: One
    runs-on: mayfly
    steps: [{run: "true"}]
  two: *one
`;
  expect(await read(text)).toEqual([
    { key: "one", line: 3, name: "One" },
    { key: "two", line: 7, name: "One" },
  ]);
});

test("jobs of a file that GitHub refuses for something else are still found", async () => {
  expect(await read("jobs:\n  a: {runs-on: x, steps: [{run: y}], no-such-key: 1}\n")).toEqual([
    { key: "a", line: 2, name: undefined },
  ]);
});

describe("never throws", () => {
  const bomb = ["a: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 9; level++) {
    bomb.push(
      `b${String(level)}: &a${String(level)} [${Array(10)
        .fill(`*a${String(level - 1)}`)
        .join(", ")}]`,
    );
  }
  test.each([
    ["empty", ""],
    ["no mapping", "- a\n- b"],
    ["a scalar", "jobs"],
    ["broken YAML", "jobs: [}"],
    ["an unresolved alias", "jobs: *nowhere"],
    ["no jobs", "on: push"],
    ["jobs as a list", "jobs: [a]"],
    ["a tab", "jobs:\n\t a: 1"],
    ["a null byte", "\0"],
    ["deep nesting", "[".repeat(100_000)],
    ["two documents", "a: 1\n---\nb: 2"],
    ["an alias bomb", bomb.join("\n")],
    ["a huge file", `# ${"x".repeat(2_000_000)}`],
  ])("%s gives no job", async (_name, text) => {
    expect(await read(text)).toEqual([]);
  });

  test("a job that contains itself", async () => {
    const jobs = await read("on: push\njobs:\n  a: &a {runs-on: x, env: {A: *a}, steps: [{run: y}]}\n");
    expect(jobs.every((job) => job.key === "a")).toBe(true);
  });

  test("keys that JavaScript knows", async () => {
    const jobs = await read(
      "on: push\njobs:\n  constructor: {runs-on: x, steps: [{run: y}]}\n  __proto__: {runs-on: x}\n",
    );
    expect(jobs[0]).toEqual({ key: "constructor", line: 3, name: undefined });
  });

  test("any text", async () => {
    const piece = constantFrom(
      "jobs:",
      "\n",
      "  ",
      "a: ",
      "name: ",
      "${{",
      "}}",
      "&a ",
      "*a",
      "[",
      "]",
      "{",
      "}",
      "- ",
      "'",
      '"',
      "|",
      "?",
      "!x ",
      "on: push\n",
    );
    const texts = oneof(
      string(),
      array(piece, { maxLength: 40 }).map((pieces) => pieces.join("")),
    );
    await assert(
      asyncProperty(texts, async (text) => {
        expect(Array.isArray(await read(text))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
