import { describe, expect, test } from "@jest/globals";
import { matchesGlob } from "../../../src/core/planning/glob.ts";

describe("without a separator", () => {
  test.each<[string, string, boolean]>([
    ["c7i.*", "c7i.large", true],
    ["c7i.*", "c7i-flex.large", false],
    ["c7i*", "c7i-flex.large", true],
    ["c7?.large", "c7g.large", true],
    ["c7?.large", "c7.large", false],
    ["*.large", "c7i.xlarge", false],
    ["*large", "c7i.xlarge", true],
    ["*", "", true],
    ["?", "", false],
    ["", "", true],
    ["", "x", false],
    ["c7i.large", "c7i.large", true],
    ["c7i.large", "c7i.large2", false],
    ["c7i.large", "xc7i.large", false],
    ["c7i.large", "c7iXlarge", false], // a dot is a dot
    ["C7I.*", "c7i.large", false],
    ["*a*b*", "xaxbx", true],
    ["*a*b*", "xbxax", false],
    ["a**b", "a/b", true],
    ["***", "anything", true],
    ["[ab]", "a", false],
    ["[ab]", "[ab]", true],
    ["(a|b)+$", "(a|b)+$", true],
    ["\\*", "\\x", true],
    ["?", "😀", true],
    ["😀", "😀", true],
    ["😀", "x", false],
    ["*", "a/b\nc", true],
  ])("%j and %j: %s", (glob, text, expected) => {
    expect(matchesGlob(text, glob)).toBe(expected);
  });
});

describe("with a separator", () => {
  test.each<[string, string, boolean]>([
    ["octo/*", "octo/shop", true],
    ["octo/*", "octo/", true],
    ["octo/*", "octopus/shop", false],
    ["*", "octo/shop", false],
    ["*/*", "octo/shop", true],
    ["**", "octo/shop", true],
    ["octo/sho?", "octo/shop", true],
    ["octo?shop", "octo/shop", false],
    ["release/*", "release/1", true],
    ["release/*", "release/1/fix", false],
    ["release/**", "release/1/fix", true],
    ["release/**", "release", false],
    ["**/fix", "release/1/fix", true],
    ["**fix", "fix", true],
    ["*/fix", "release/1/fix", false],
    ["a*/**/z", "abc/d/e/z", true],
    ["a*/**z", "a/z", true],
    ["main", "main", true],
    ["main", "maintenance", false],
    ["***", "a/b", true],
  ])("%j and %j: %s", (glob, text, expected) => {
    expect(matchesGlob(text, glob, "/")).toBe(expected);
  });
});

// With a backtracking matcher these take longer than anybody waits.
test.each([
  ["*a".repeat(100), "b"],
  ["**a".repeat(100), "b"],
  ["*?".repeat(100), ""],
])("no glob is slow: %.10s…", (stars, end) => {
  const text = "a".repeat(2000);
  expect(matchesGlob(`${text}c`, `${stars}${end}d`)).toBe(false);
  expect(matchesGlob(`${text}${end}`, `${stars}${end}`)).toBe(true);
});
