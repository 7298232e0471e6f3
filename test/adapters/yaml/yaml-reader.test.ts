import { describe, expect, test } from "@jest/globals";
import { yamlReader } from "../../../src/adapters/yaml/yaml-reader.ts";

const yaml = yamlReader();
const start = { line: 1, column: 1, endLine: 1, endColumn: 1 };

describe("values", () => {
  test.each<[string, unknown]>([
    ["", undefined],
    ["# only a comment\n", undefined],
    ["---\n", undefined],
    ["~", undefined],
    ["a: 1\r\nb: [x, 2]\r\n", { a: 1, b: ["x", 2] }],
    ["\uFEFFa: 1", { a: 1 }],
    ["- 1", [1]],
    // YAML 1.2: no booleans but true and false, no dates, no sexagesimal or legacy octal numbers.
    ["a: [yes, no, on, off, 2026-11-22, 1:30, 010]", { a: ["yes", "no", "on", "off", "2026-11-22", "1:30", 10] }],
    ["a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n", { a: { b: 1 }, c: { b: 1, d: 2 } }],
    [
      "a: &x {b: 1}\ne: &y {b: 2, f: 3}\nc:\n  <<: [*x, *y]\n  f: 4\n",
      { a: { b: 1 }, e: { b: 2, f: 3 }, c: { b: 1, f: 4 } },
    ],
    ['"<<": 3', { "<<": 3 }],
  ])("%j", (text, value) => {
    expect(yaml.read(text)).toMatchObject({ problems: [] });
    expect(yaml.read(text).value).toEqual(value);
  });

  test("a key `__proto__` is a key like any other and changes no prototype", () => {
    const { value } = yaml.read("__proto__: {polluted: 1}");
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("problems, each at its place; most leave no value", () => {
  test.each<[string, string, number, number, RegExp]>([
    ["broken", "a: [1", 1, 6, /must be sufficiently indented and end with a \]/],
    ["tab as indentation", "a:\n\tb: 1", 2, 1, /Tabs are not allowed as indentation/],
    ["two documents", "a: 1\n---\nb: 2", 2, 1, /must hold one document/],
    ["unknown alias", "a: 1\nb: *x", 2, 4, /no anchor &x before the alias \*x/],
    ["alias before its anchor", "a: *x\nb: &x 1", 1, 4, /no anchor &x/],
    ["alias of itself", "a: &x [1, *x]", 1, 11, /within its own anchor/],
    ["merge of itself", "a: &x\n  <<: *x", 2, 7, /within its own anchor/],
    ["merge of a text", "a:\n  <<: text", 2, 3, /takes a mapping/],
    ["key of a list", "ab:\n  ? [a, b]\n  : 1", 2, 5, /key must be a text/],
    ["unknown tag", "a: !mine 5", 1, 4, /Unresolved tag: !mine/],
    ["another version", "%YAML 1.1\n---\na: yes", 1, 1, /YAML 1.2 is read here, not 1.1/],
    ["a version that is none", "%YAML 3.0\n---\na: yes", 1, 7, /Unsupported YAML version 3.0/],
    ["UTF-16 read as UTF-8", "\uFFFD\uFFFDr\0u\0", 1, 1, /not UTF-8/],
    ["NUL", "a: \0", 1, 1, /not UTF-8/],
    ["nested too deep", `a: ${"[".repeat(40)}${"]".repeat(40)}`, 1, 35, /deeper than 32/],
  ])("%s", (_, text, line, column, message) => {
    const document = yaml.read(text);
    expect(document.problems[0]).toMatchObject({ line, column, message: expect.stringMatching(message) });
    expect(document.value).toBeUndefined();
  });

  test.each<[string, string, number, number, string]>([
    ["the second of two keys", "a: 1\nb: 2\na: 3", 3, 1, 'The key "a" stands twice in this mapping'],
    ["also in a flow mapping", '{"a": 1, a: 2}', 1, 10, 'The key "a" stands twice in this mapping'],
    ["a number as a key", "a:\n  24: b", 2, 3, 'A key must be a text: write it in quotes, "24"'],
    ["a truth value as a key", "true: b", 1, 1, 'A key must be a text: write it in quotes, "true"'],
    ["no key at all", "a: 1\n: 2", 2, 1, "A key is missing or null"],
  ])("the rest of the text is still read: %s", (_, text, line, column, message) => {
    const document = yaml.read(text);
    expect(document.problems).toMatchObject([{ line, column, message }]);
    expect(document.value).toBeDefined();
  });

  test("all at once, in the order of the text", () => {
    const { problems } = yaml.read("a: 1\nb: *no\na: 2\n3: 4");
    expect(problems.map(({ line, column }) => [line, column])).toEqual([
      [2, 4],
      [3, 1],
      [4, 1],
    ]);
  });

  test("an alias bomb does not unfold", () => {
    const level = (name: string, below: string): string => `${name}: &${name} [${`*${below},`.repeat(9)}]\n`;
    const bomb = `a: &a [x]\n${level("b", "a")}${level("c", "b")}${level("d", "c")}${level("e", "d")}`;
    expect(yaml.read(bomb)).toMatchObject({
      value: undefined,
      problems: [{ ...start, message: expect.stringContaining("Excessive alias count") }],
    });
  });

  test.each<[string, string]>([
    ["nested keys", "? ".repeat(30_000)],
    ["nested lists", "- ".repeat(30_000)],
    ["nested flow lists", "[".repeat(60_000)],
    ["nested flow mappings", "{a: ".repeat(15_000)],
    ["many keys", Array.from({ length: 10_000 }, (_, index) => `k${index}:`).join("\n")],
    ["equal keys", "a:\n".repeat(20_000)],
    ["many errors", "]\n".repeat(30_000)],
    ["many documents", "---\n".repeat(16_000)],
    ["many anchors", "&a ".repeat(20_000)],
  ])("64 KiB of %s end soon", (_, text) => {
    const { problems } = yaml.read(text);
    expect(problems.length).toBeLessThan(20_000);
  });
});

describe("positions", () => {
  const text = [
    "# comment",
    "base: &base", // 2
    "  spot: never", // 3
    "  types:", // 4
    "    - a", // 5
    "    - {x: 1}", // 6
    "one:", // 7
    "  <<: *base", // 8
    "  own: *base", // 9
    "two: {<<: [*base], spot: only}", // 10
    "empty:", // 11
    "",
  ].join("\n");

  test.each<[(string | number)[], "key" | "value", number, number]>([
    [[], "value", 2, 1],
    [["base"], "key", 2, 1],
    [["base", "spot"], "key", 3, 3],
    [["base", "spot"], "value", 3, 9],
    [["base", "types"], "value", 5, 5],
    [["base", "types", 1], "value", 6, 7],
    [["base", "types", 1, "x"], "value", 6, 11],
    [["one", "spot"], "value", 3, 9], // merged: where it is written
    [["one", "own"], "value", 9, 8], // an alias: where it stands
    [["one", "own", "spot"], "key", 3, 3], // within an alias: behind its anchor
    [["two", "spot"], "value", 10, 26], // its own, not the merged one
    [["two", "types", 0], "value", 5, 7],
    [["empty"], "value", 11, 1], // nothing there: the key
    [["none", "of", 3, "these"], "value", 2, 1],
    [["base", "types", 7], "value", 2, 1],
  ])("%j %s", (path, part, line, column) => {
    expect(yaml.read(text).rangeOf(path, part)).toMatchObject({ line, column });
    expect(yaml.read(`\uFEFF${text.replaceAll("\n", "\r\n")}`).rangeOf(path, part)).toMatchObject({ line, column });
  });

  test.each<[string, (string | number)[], "key" | "value", string]>([
    ["a: {b: 'x y'} # c", ["a"], "key", "a"],
    ["a: {b: 'x y'} # c", ["a", "b"], "value", "'x y'"],
    ["a: {b: 'x y'} # c", ["a"], "value", "{b: 'x y'}"],
    ["a: [one, two]", ["a", 1], "value", "two"],
    ["a:\n  b: 1\n  c: 2\n\nd: 3", ["a"], "value", "b: 1\n  c: 2"],
    ["a: &x b\nc: *x", ["c"], "value", "*x"],
    ["😀: 1", ["😀"], "key", "😀"],
  ])("%j %j: the %s is %j", (written, path, part, piece) => {
    const lines = written.split("\n");
    const { line, column, endLine, endColumn } = yaml.read(written).rangeOf(path, part);
    const offset = (row: number, at: number): number =>
      lines.slice(0, row - 1).join("\n").length + (row > 1 ? 1 : 0) + at - 1;
    expect(written.slice(offset(line, column), offset(endLine, endColumn))).toBe(piece);
  });

  test("of a text without anything", () => {
    expect(yaml.read("").rangeOf(["a"], "key")).toEqual(start);
    expect(yaml.read("\0").rangeOf([], "value")).toEqual(start);
  });
});
