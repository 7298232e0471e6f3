import { describe, expect, test } from "@jest/globals";
import {
  evaluateCondition,
  evaluateDeep,
  evaluateTemplate,
  evaluateValue,
} from "../../../src/adapters/workflow-file/expressions.ts";
import type { ConditionStatus } from "../../../src/adapters/workflow-file/expressions.ts";

const contexts = {
  github: { ref: "refs/heads/main", event: { labels: [{ name: "bug" }, { name: "docs" }], number: 7 } },
  matrix: { os: "Linux", flags: { fast: true } },
  needs: { lint: { result: "success", outputs: { list: '["a","b"]' } } },
  env: { EMPTY: "", "with-dash": "dash" },
};

test.each([
  ["no expression", "no expression"],
  ["${{ github.ref }}", "refs/heads/main"],
  ["a ${{ matrix.os }} b ${{github.event.number}}", "a Linux b 7"],
  ["${{ 'it''s }} fine' }}!", "it's }} fine!"],
  ["${{ matrix.nothing.at.all }}|", "|"],
  ["${{ matrix.flags.fast && 'yes' || 'no' }}", "yes"],
  ["${{ contains(github.event.labels.*.name, 'BUG') }}", "true"],
  ["${{ startsWith('Hello', 'he') }} ${{ endsWith('Hello', 'LO') }}", "true true"],
  ["${{ format('{0} {{x}} {1}', 1, matrix.os) }}", "1 {x} Linux"],
  ["${{ join(fromJSON(needs.lint.outputs.list), '+') }}", "a+b"],
  ["${{ env['with-dash'] }}", "dash"],
  ["${{ MATRIX.OS == 'linux' }}", "true"],
  ["${{ 0x10 }} ${{ -1.5 }} ${{ null }} ${{ 1 > 0 }}", "16 -1.5  true"],
  ["$ {{ x }} ${ y }", "$ {{ x }} ${ y }"],
])("template %s", (text, expected) => {
  expect(evaluateTemplate(text, contexts)).toBe(expected);
});

test.each([
  ["${{ fromJSON(needs.lint.outputs.list) }}", ["a", "b"]],
  ["${{ matrix.flags }}", { fast: true }],
  ["${{ github.event.number }}", 7],
  ["${{ github.event.labels.*.name }}", ["bug", "docs"]],
  ["${{ matrix.nothing }}", null],
  ["${{ true }}", true],
  [" ${{ true }}", " true"],
  ["text", "text"],
  ["", ""],
])("value %s", (text, expected) => {
  expect(evaluateValue(text, contexts)).toEqual(expected);
});

test("deep: keys and values, other types untouched", () => {
  const value = { "k-${{ matrix.os }}": ["${{ github.event.number }}", 1, null, { a: false }] };
  expect(evaluateDeep(value, contexts)).toEqual({ "k-Linux": [7, 1, null, { a: false }] });
});

test("functions of the caller", () => {
  const functions = { hashFiles: (...patterns: unknown[]) => `hash of ${patterns.join()}` };
  expect(evaluateTemplate("${{ hashfiles('a', 'b') }}", contexts, functions)).toBe("hash of a,b");
  expect(() => evaluateTemplate("${{ hashFiles('a') }}", contexts)).toThrow("Unrecognized function: 'hashFiles'");
});

test.each([
  ["${{ foo.bar }}", "Unrecognized named-value: 'foo'"],
  ["${{ 1 + }}", "not valid"],
  ["${{ }}", "not valid"],
  ["${{ 'open", "not closed"],
  ["${{ fromJSON('{') }}", "fromJson"],
])("wrong: %s", (text, message) => {
  expect(() => evaluateTemplate(text, contexts)).toThrow(message);
});

describe("conditions", () => {
  const statuses: ConditionStatus[] = ["success", "failure", "cancelled", "skipped"];

  test.each([
    [undefined, [true, false, false, false]],
    ["", [true, false, false, false]],
    ["success()", [true, false, false, false]],
    ["always()", [true, true, true, true]],
    ["${{ always() }}", [true, true, true, true]],
    ["failure()", [false, true, false, false]],
    ["cancelled()", [false, false, true, false]],
    ["!cancelled()", [true, true, false, true]],
    ["failure() || success()", [true, true, false, false]],
    ["FAILURE()", [false, true, false, false]],
    ["matrix.os == 'linux'", [true, false, false, false]],
    ["${{ matrix.os == 'linux' }}", [true, false, false, false]],
    ["matrix.os == 'windows' || github.ref == 'refs/heads/main'", [true, false, false, false]],
    ["always() && matrix.os == 'windows'", [false, false, false, false]],
    ["'always()' == 'x' || true", [true, false, false, false]],
    ["false", [false, false, false, false]],
    ["env.EMPTY", [false, false, false, false]],
    ["env.EMPTY || github.event.number", [true, false, false, false]],
    // with text around it GitHub sees a text that is not empty, a well-known trap
    ["${{ false }} ", [false, false, false, false]],
    ["x ${{ false }}", [true, false, false, false]],
    ["${{ failure() }} == true", [true, true, true, true]],
  ])("%s", (text, expected) => {
    expect(statuses.map((status) => evaluateCondition(text, contexts, status))).toEqual(expected);
  });

  test("a wrong one throws", () => {
    expect(() => evaluateCondition("nothing.here", contexts, "success")).toThrow("'nothing'");
  });
});
