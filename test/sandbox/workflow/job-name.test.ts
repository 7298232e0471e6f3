import { describe, expect, test } from "@jest/globals";
import { jobName, runsOnLabels } from "../../../src/sandbox/workflow/job-name.ts";
import { expandMatrix } from "../../../src/adapters/workflow-file/matrix.ts";

const contexts = { github: { ref_name: "main" }, needs: { a: { outputs: { labels: '["mayfly","x64"]' } } } };
const os = { os: ["a", "b"] };

describe("names", () => {
  test.each([
    [{ key: "build" }, null, "build"],
    [{ key: "build", name: "Build it" }, null, "Build it"],
    [{ key: "build", name: "Build ${{ github.ref_name }}" }, null, "Build main"],
    [{ key: "build", name: "${{ github.nothing }}" }, null, "build"],
    [{ key: "build", matrix: os }, { os: "a" }, "build (a)"],
    [{ key: "build", name: "Build", matrix: os }, { os: "a" }, "Build (a)"],
    [{ key: "build", name: "Build ${{ matrix.os }}", matrix: os }, { os: "b" }, "Build b"],
    [{ key: "build" }, { os: "a", node: 18, fast: true }, "build (a, 18, true)"],
    [{ key: "build" }, { conf: { os: "a", list: [1, "x"] }, none: null, empty: "" }, "build (a, 1, x)"],
    [{ key: "build" }, { none: "" }, "build"],
    [{ key: "k".repeat(120) }, null, `${"k".repeat(97)}...`],
  ])("%j with %j", (definition, values, expected) => {
    expect(jobName(definition, values, contexts)).toBe(expected);
  });

  test("what include adds to a combination of the vectors is not shown, what it makes is", () => {
    const matrix = {
      os: ["a", "b"],
      flavor: ["x", "y"],
      exclude: [{ os: "b", flavor: "y" }],
      include: [
        { os: "a", text: "hello" },
        { os: "c", text: "own" },
        { os: "b", flavor: "y", text: "back" },
      ],
    };
    const names = expandMatrix(matrix, contexts).map(({ values }) =>
      jobName({ key: "deploy", matrix }, values, contexts),
    );
    expect(names).toEqual([
      "deploy (a, x)",
      "deploy (a, y)",
      "deploy (b, x)",
      "deploy (c, own)",
      "deploy (b, y, back)",
    ]);
  });
});

test.each([
  ["mayfly", ["mayfly"]],
  ["mayfly/${{ matrix.os }}", ["mayfly/a"]],
  [
    ["self-hosted", "${{ matrix.os }}"],
    ["self-hosted", "a"],
  ],
  ["${{ fromJSON(needs.a.outputs.labels) }}", ["mayfly", "x64"]],
  [{ group: "octo", labels: ["${{ matrix.os }}", "b"] }, ["a", "b"]],
  [{ group: "octo", labels: "one" }, ["one"]],
  [{ group: "octo" }, []],
  [[], []],
])("runs-on %j", (runsOn, labels) => {
  expect(runsOnLabels({ runsOn }, { ...contexts, matrix: { os: "a" } })).toEqual(labels);
});
