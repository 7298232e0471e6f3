import { expect, test } from "@jest/globals";
import { sessionName } from "../../../src/adapters/roles/session-name.ts";
import { sessionTags } from "../../../src/adapters/roles/session-tags.ts";

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

test.each([
  ["octo-org/app", "octo-org/app"],
  ["release/1.0 äöü 漢字 ١٢ _.:/=+-@", "release/1.0 äöü 漢字 ١٢ _.:/=+-@"],
  ["", ""],
  ["release!1", "release:1"],
  ["a\u0000b\nc\td", "a:b:c:d"],
  ["{}[]()<>'\"`$#%&*,;?\\^|~!", ":".repeat(24)],
  ["\u{1F600}", ":"],
  ["a\uD800b", "a:b"],
  ["aws:reserved", "aws :reserved"],
  ["AwS!reserved", "AwS :reserved"],
  ["laws:are not", "laws:are not"],
  ["dependabot[bot]", "dependabot:bot:"],
  ["x".repeat(300), "x".repeat(256)],
  [`${"x".repeat(255)}\u{20000}`, "x".repeat(255)],
])("the value %j is %j", (value, expected) => {
  expect(sessionTags({ key: value })).toEqual([{ Key: "key", Value: expected }]);
  expect(expected).toMatch(allowed);
});

test("keys are as plain, and shorter; their order stays", () => {
  const tags = sessionTags({ b: "1", ["a#b"]: "2", ["k".repeat(200)]: "3", "aws:x": "4" });
  expect(tags.map(({ Key }) => Key)).toEqual(["b", "a:b", "k".repeat(128), "aws :x"]);
  expect(sessionTags({})).toEqual([]);
});

test("no branch that git allows is made the name of another one", () => {
  // git-check-ref-format: no blank and none of `:~^?*[\`
  const branches = ["release_1", "release-1", "release.1", "release/1", "release=1", "release+1", "release@1"];
  const hostile = ["release!1", "release#1", "release$1", "release%1", "release&1", "release(1", "aws!x"];
  const tagOf = (branch: string): string | undefined => sessionTags({ branch })[0]?.Value;
  expect(branches.map(tagOf)).toEqual(branches);
  for (const branch of hostile) expect(tagOf(branch)).toMatch(/[: ]/);
});

test.each([
  ["mayfly-17-1", "mayfly-17-1"],
  ["octo-org/app", "octo-org-app"],
  ["a b\nc\u{1F600}é", "a-b-c--"],
  ["A_z0=,.@+-", "A_z0=,.@+-"],
  ["x", "x-"],
  ["", "--"],
  ["x".repeat(80), "x".repeat(64)],
])("the session name %j is %j", (name, expected) => {
  expect(sessionName(name)).toBe(expected);
  expect(expected).toMatch(/^[\w+=,.@-]{2,64}$/);
});
