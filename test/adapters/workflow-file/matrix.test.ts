import { describe, expect, test } from "@jest/globals";
import { expandMatrix } from "../../../src/adapters/workflow-file/matrix.ts";

const expand = (matrix: Record<string, unknown> | string, contexts = {}) =>
  expandMatrix(matrix, contexts).map(({ values }) => values);

test("the first key changes slowest", () => {
  expect(expand({ os: ["a", "b"], node: [1, 2] })).toEqual([
    { os: "a", node: 1 },
    { os: "a", node: 2 },
    { os: "b", node: 1 },
    { os: "b", node: 2 },
  ]);
});

test("GitHub's own example of include", () => {
  const matrix = {
    fruit: ["apple", "pear"],
    animal: ["cat", "dog"],
    include: [
      { color: "green" },
      { color: "pink", animal: "cat" },
      { fruit: "apple", shape: "circle" },
      { fruit: "banana" },
      { fruit: "banana", animal: "cat" },
    ],
  };
  expect(expand(matrix)).toEqual([
    { fruit: "apple", animal: "cat", color: "pink", shape: "circle" },
    { fruit: "apple", animal: "dog", color: "green", shape: "circle" },
    { fruit: "pear", animal: "cat", color: "pink" },
    { fruit: "pear", animal: "dog", color: "green" },
    { fruit: "banana" },
    { fruit: "banana", animal: "cat" },
  ]);
});

test("include alone: each entry is a combination", () => {
  expect(expand({ include: [{ a: 1 }, { a: 1, b: 2 }, { c: 3 }] })).toEqual([{ a: 1 }, { a: 1, b: 2 }, { c: 3 }]);
});

describe("exclude", () => {
  test("by part of the keys, before include", () => {
    const matrix = {
      os: ["a", "b"],
      node: [1, 2],
      exclude: [{ os: "a" }, { os: "b", node: 2 }],
      include: [{ os: "a", extra: true }],
    };
    expect(expand(matrix)).toEqual([
      { os: "b", node: 1 },
      { os: "a", extra: true },
    ]);
  });

  test("compares as expressions do: letter case and a number's text do not count", () => {
    expect(expand({ os: ["Linux", "mac"], exclude: [{ os: "LINUX" }] })).toEqual([{ os: "mac" }]);
    expect(expand({ node: [14, 16], exclude: [{ node: "14" }] })).toEqual([{ node: 16 }]);
  });

  test("looks into mappings", () => {
    const matrix = {
      conf: [
        { os: "a", n: 1 },
        { os: "b", n: 2 },
      ],
      exclude: [{ conf: { os: "a" } }],
    };
    expect(expand(matrix)).toEqual([{ conf: { os: "b", n: 2 } }]);
  });
});

test("expressions at every place", () => {
  const contexts = { needs: { plan: { outputs: { list: '["x","y"]', all: '{"a":[1],"include":[{"a":2}]}' } } } };
  expect(expand({ v: "${{ fromJSON(needs.plan.outputs.list) }}" }, contexts)).toEqual([{ v: "x" }, { v: "y" }]);
  expect(expand("${{ fromJSON(needs.plan.outputs.all) }}", contexts)).toEqual([{ a: 1 }, { a: 2 }]);
  expect(expand({ v: ["${{ needs.plan.outputs.list }}"] }, contexts)).toEqual([{ v: '["x","y"]' }]);
});

test("256 jobs at most", () => {
  const list = (count: number) => Array.from({ length: count }, (_, index) => index);
  expect(expand({ a: list(16), b: list(16) })).toHaveLength(256);
  expect(() => expand({ a: list(257) })).toThrow("257 jobs, more than 256");
  expect(() => expand({ a: list(1000), b: list(1000), c: list(1000) })).toThrow("combinations");
});

test.each([
  [{}, "at least one vector"],
  [{ a: [] }, "does not contain any values"],
  [{ a: "x" }, "is not a list"],
  [{ a: [1], exclude: [{ b: 1 }] }, "does not match any key"],
  [{ a: [1], exclude: [{ a: 1 }] }, "no combination left"],
  [{ a: [1], include: "x" }, "not a list of mappings"],
  [{ a: [1], include: ["x"] }, "not a list of mappings"],
  ["${{ fromJSON('[]') }}", "not a mapping"],
])("refused: %j", (matrix, message) => {
  expect(() => expand(matrix)).toThrow(message);
});
