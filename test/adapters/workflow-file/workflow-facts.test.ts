import { array, assert, asyncProperty, constantFrom } from "fast-check";
import { describe, expect, test } from "@jest/globals";
import { workflowReader } from "../../../src/adapters/workflow-file/workflow-reader.ts";
import type { WorkflowJobFacts, WorkflowsFacts } from "../../../src/core/planning/workflows/workflow-facts.ts";

const path = ".github/workflows/ci.yml";
const factsOf = (text: string): Promise<WorkflowsFacts> => workflowReader().facts([{ path, text }]);

/** Facts of a job whose lines (without their indentation) begin on line 4. */
async function job(lines: string): Promise<WorkflowJobFacts> {
  const body = lines.replaceAll(/^/gm, "    ");
  const { jobs, unread } = await factsOf(`on: push\njobs:\n  a:\n${body}\n`);
  expect(unread).toEqual([]);
  const [first] = jobs;
  if (first === undefined) throw new Error("No job");
  return first;
}

const steps = 'steps: [{run: "true"}]';

describe("labels", () => {
  const e = (text: string): string => `\${{ ${text} }}`;
  test.each<[string, string, WorkflowJobFacts["labelSets"]]>([
    ["a text", "runs-on: mayfly", [["mayfly"]]],
    ["as written", "runs-on: Mayfly/Build", [["Mayfly/Build"]]],
    ["a list", "runs-on: [self-hosted, mayfly]", [["self-hosted", "mayfly"]]],
    ["a block list", "runs-on:\n  - self-hosted\n  - mayfly", [["self-hosted", "mayfly"]]],
    ["one text with a comma", "runs-on: self-hosted, mayfly", [["self-hosted, mayfly"]]],
    ["a group with labels", "runs-on: {group: g, labels: [a, b]}", [["a", "b"]]],
    ["a group with one label", "runs-on: {group: g, labels: a}", [["a"]]],
    ["a group alone", "runs-on: {group: g}", [[]]],
    ["a matrix", `strategy: {matrix: {os: [a, b]}}\nruns-on: ${e("matrix.os")}`, [["a"], ["b"]]],
    ["equal ones once", `strategy: {matrix: {os: [a, b], n: [1, 2]}}\nruns-on: ${e("matrix.os")}`, [["a"], ["b"]]],
    ["a matrix that the labels do not use", "strategy: {matrix: {os: [a, b]}}\nruns-on: mayfly", [["mayfly"]]],
    [
      "a matrix of lists",
      `strategy: {matrix: {r: [[self-hosted, a], b]}}\nruns-on: ${e("matrix.r")}`,
      [["self-hosted", "a"], ["b"]],
    ],
    ["a matrix of mappings", `strategy: {matrix: {r: [{group: g, labels: a}]}}\nruns-on: ${e("matrix.r")}`, [["a"]]],
    [
      "include and exclude",
      `strategy: {matrix: {os: [a, b], n: [1, 2], exclude: [{os: a}], include: [{os: c}]}}\nruns-on: ${e("matrix.os")}`,
      [["b"], ["c"]],
    ],
    ["include only", `strategy: {matrix: {include: [{os: a}, {os: b}]}}\nruns-on: ${e("matrix.os")}`, [["a"], ["b"]]],
    [
      "a part of a label",
      `strategy: {matrix: {n: [1, 2]}}\nruns-on: mayfly/cpu=${e("matrix.n")}`,
      [["mayfly/cpu=1"], ["mayfly/cpu=2"]],
    ],
    ["a choice", `strategy: {matrix: {n: [1, 2]}}\nruns-on: ${e("matrix.n == 1 && 'a' || 'b'")}`, [["a"], ["b"]]],
    ["an expression without a context", `runs-on: ${e('fromJSON(\'["a", "b"]\')')}`, [["a", "b"]]],
    ["run= of the run", `runs-on: mayfly/build/run=${e("github.run_id")}`, [["mayfly/build/run=*"]]],
    [
      "run= of more",
      `runs-on: [self-hosted, 'mayfly/run=x-${e("github.run_id")}-${e("strategy.job-index")}/cpu=4']`,
      [["self-hosted", "mayfly/run=*/cpu=4"]],
    ],
    [
      "run= beside a matrix",
      `strategy: {matrix: {r: [a, b]}}\nruns-on: mayfly/${e("matrix.r")}/run=${e("github.run_id")}`,
      [["mayfly/a/run=*"], ["mayfly/b/run=*"]],
    ],
    [
      "run= in a matrix",
      `strategy: {matrix: {r: ["mayfly/run=${e("github.run_id")}", b]}}\nruns-on: ${e("matrix.r")}`,
      [["mayfly/run=*"], ["b"]],
    ],
    ["run= as it is", "runs-on: mayfly/run=1", [["mayfly/run=1"]]],
    ["github", `runs-on: ${e("github.event.inputs.x || 'a'")}`, "unknown"],
    ["inputs", `runs-on: ${e("inputs.runner")}`, "unknown"],
    ["vars", `runs-on: ${e("vars.RUNNER")}`, "unknown"],
    ["part of a label", `runs-on: mayfly/cpu=${e("vars.CPU")}`, "unknown"],
    ["one of a list", `runs-on: [self-hosted, "${e("vars.X")}"]`, "unknown"],
    ["labels of a group", `runs-on: {group: g, labels: "${e("vars.X")}"}`, "unknown"],
    ["an output", `needs: []\nruns-on: ${e("fromJSON(needs.x.outputs.y)")}`, "unknown"],
    ["a matrix of an output", `strategy: {matrix: "${e("fromJSON(vars.M)")}"}\nruns-on: ${e("matrix.os")}`, "unknown"],
    [
      "a vector of an output",
      `strategy: {matrix: {os: "${e("fromJSON(vars.M)")}"}}\nruns-on: ${e("matrix.os")}`,
      "unknown",
    ],
    ["a matrix without the key", `strategy: {matrix: {os: [a]}}\nruns-on: ${e("matrix.no")}`, "unknown"],
    ["no matrix at all", `runs-on: ${e("matrix.no")}`, "unknown"],
    ["lists in a list", `strategy: {matrix: {r: [[a]]}}\nruns-on: [self-hosted, "${e("matrix.r")}"]`, "unknown"],
    [
      "too large a matrix",
      `strategy: {matrix: {a: [${Array(300).fill(1).join(", ")}]}}\nruns-on: m-${e("matrix.a")}`,
      "unknown",
    ],
  ])("%s", async (_name, text, expected) => {
    expect((await job(`${text}\n${steps}`)).labelSets).toEqual(expected);
  });
});

describe("where runs-on stands", () => {
  const at = (line: number, column: number, endLine: number, endColumn: number): unknown => ({
    line,
    column,
    endLine,
    endColumn,
  });
  test.each([
    ["a text", "runs-on: mayfly # comment", at(4, 14, 4, 20)],
    ["quotes", 'runs-on: "mayfly" ', at(4, 14, 4, 22)],
    ["a list", "runs-on: [self-hosted, mayfly] # comment", at(4, 14, 4, 35)],
    ["a list on lines", "runs-on: [\n  mayfly,\n  ]", at(4, 14, 6, 8)],
    ["a block list", "runs-on:\n  - self-hosted\n  - mayfly\n# comment", at(5, 7, 6, 15)],
    ["a block list without indentation", "runs-on:\n- mayfly\n", at(5, 5, 5, 13)],
    ["a block list with comments", "runs-on: # one\n  # two\n  - mayfly # three\n\n", at(6, 7, 6, 15)],
    ["a block list of one alias behind a comment", "name: &n x\nruns-on:\n  - *n # one\n", at(6, 7, 6, 11)],
    ["a group behind a comment", "runs-on: # one\n  group: g # two\n", at(5, 7, 5, 15)],
    ["labels of a group", "runs-on:\n  group: g\n  labels: [a, b]", at(6, 15, 6, 21)],
    ["block labels of a group", "runs-on:\n  labels:\n    - a\n    - b\n  group: g", at(6, 9, 7, 12)],
    ["a group", "runs-on:\n  group: g\n", at(5, 7, 5, 15)],
    ["a group in braces", "runs-on: {group: g}", at(4, 14, 4, 24)],
    ["an expression", "runs-on: ${{ vars.X }}", at(4, 14, 4, 27)],
    ["a folded text", "runs-on: >-\n  mayfly", at(4, 14, 5, 13)],
    ["behind other keys", "name: x\n\nruns-on: mayfly", at(6, 14, 6, 20)],
  ])("%s", async (_name, text, expected) => {
    expect((await job(`${text}\n${steps}`)).runsOn).toEqual(expected);
  });

  test("an alias is where it is used; a job that is an alias, where it is written", async () => {
    const { jobs } = await factsOf(
      `on: push\njobs:\n  a: &a\n    runs-on: &r mayfly\n    ${steps}\n  b:\n    runs-on: *r\n    ${steps}\n  c: *a\n`,
    );
    expect(jobs.map(({ key, line, runsOn }) => [key, line, runsOn.line, runsOn.column])).toEqual([
      ["a", 3, 4, 17],
      ["b", 6, 7, 14],
      ["c", 9, 4, 17],
    ]);
  });

  test("with a byte order mark and Windows line ends", async () => {
    const { jobs } = await factsOf(`\uFEFFon: push\r\njobs:\r\n  a:\r\n    runs-on: mayfly\r\n    ${steps}\r\n`);
    expect(jobs[0]).toMatchObject({ line: 3, runsOn: at(4, 14, 4, 20), labelSets: [["mayfly"]] });
  });

  test("a job that calls a workflow is at its key, and needs no machine", async () => {
    const facts = await workflowReader().facts([
      { path, text: "on: push\njobs:\n  call: {uses: ./.github/workflows/b.yml}\n" },
      { path: ".github/workflows/b.yml", text: `on: workflow_call\njobs:\n  a: {runs-on: mayfly, ${steps}}\n` },
    ]);
    expect(facts.unread).toEqual([]);
    expect(facts.jobs).toMatchObject([
      { key: "call", labelSets: [], runsOn: at(3, 3, 3, 7), needs: [] },
      { path: ".github/workflows/b.yml", key: "a", labelSets: [["mayfly"]] },
    ]);
  });
});

describe("needs", () => {
  test.each<[string, string, [string, string, number][]]>([
    ["nothing", steps, []],
    ["a container", `container: node:24\n${steps}`, [["container", "container: node:24", 5]]],
    ["a container's image", `container:\n  image: node:24\n${steps}`, [["container", "container: node:24", 5]]],
    [
      "a container of an expression",
      `container: \${{ inputs.c }}\n${steps}`,
      [["container", "container: ${{ inputs.c }}", 5]],
    ],
    ["no container after all", `container: ''\n${steps}`, []],
    [
      "services",
      `services:\n  db: {image: postgres}\n  mq: {image: mq}\n${steps}`,
      [["services", "services: db, mq", 5]],
    ],
    ["no services after all", `services: {}\n${steps}`, []],
    ["an environment", `environment: production\n${steps}`, [["environment", "environment: production", 5]]],
    ["an environment's name", `environment: {name: p, url: u}\n${steps}`, [["environment", "environment: p", 5]]],
    ["an action", "steps:\n  - uses: actions/checkout@v4", [["unknown-action", "actions/checkout@v4", 6]]],
    ["an action once", "steps:\n  - uses: a/b@v4\n  - uses: A/b@v4", [["unknown-action", "a/b@v4", 6]]],
    ["an action of the repository", "steps:\n  - uses: ./x", [["unknown-action", "./x", 6]]],
    ["an image", "steps:\n  - uses: docker://alpine:3", [["docker", "uses: docker://alpine:3", 6]]],
    ["commands", "steps:\n  - run: |\n      npm ci\n      docker ps", [["docker", "docker ps", 8]]],
    ["commands behind an empty line", "steps:\n  - run: |-\n\n      docker ps", [["docker", "docker ps", 8]]],
    ["folded commands", "steps:\n  - run: >\n      npm ci &&\n      docker ps", [["docker", "docker ps", 6]]],
    ["plain commands", "steps:\n  - run: sudo ls", [["sudo", "sudo ls", 6]]],
    ["an expression as commands", "steps:\n  - run: ${{ inputs.x }}", [["unknown", "${{ … }}", 6]]],
    ["a shell", "steps:\n  - run: x\n    shell: pwsh", [["unknown", "shell: pwsh", 6]]],
    ["a shell of the job", "defaults: {run: {shell: pwsh}}\nsteps:\n  - run: x", [["unknown", "shell: pwsh", 7]]],
    ["a shell that the step overrides", "defaults: {run: {shell: pwsh}}\nsteps:\n  - run: x\n    shell: sh", []],
    ["a shell as a command", "steps:\n  - run: x\n    shell: bash -c 'sudo {0}'", [["sudo", "bash -c sudo {0}", 6]]],
    [
      "python",
      "steps:\n  - run: |\n      import os\n      os.system('docker ps')\n    shell: python",
      [["docker", "os.system('docker ps')", 8]],
    ],
    [
      "a script of github-script",
      "steps:\n  - uses: actions/github-script@v7\n    with:\n      script: |\n        exec('docker')",
      [
        ["unknown-action", "actions/github-script@v7", 6],
        ["docker", "exec('docker')", 9],
      ],
    ],
    ["a custom image", `snapshot: x\n${steps}`, [["unknown", "snapshot", 5]]],
    [
      "in the order of the file, each kind once",
      `steps:\n  - run: sudo a\n  - run: sudo b\n  - run: docker ps\nservices: {db: {image: x}}\ncontainer: c`,
      [
        ["sudo", "sudo a", 6],
        ["docker", "docker ps", 8],
        ["services", "services: db", 9],
        ["container", "container: c", 10],
      ],
    ],
  ])("%s", async (_name, text, expected) => {
    const { needs } = await job(`runs-on: mayfly\n${text}`);
    expect(needs.map(({ kind, detail, line }) => [kind, detail, line])).toEqual(expected);
  });

  test("the file's shell holds for jobs that say nothing", async () => {
    const { jobs } = await factsOf(
      "on: push\ndefaults: {run: {shell: pwsh}}\njobs:\n  a: {runs-on: x, steps: [{run: y}]}\n" +
        "  b: {runs-on: x, defaults: {run: {shell: sh}}, steps: [{run: y}]}\n",
    );
    expect(jobs.map(({ needs }) => needs.map(({ detail }) => detail))).toEqual([["shell: pwsh"], []]);
  });

  test("long texts are shortened, on one line", async () => {
    const { needs } = await job(`runs-on: mayfly\ncontainer: "${"x".repeat(300)}\`"\n${steps}`);
    expect(needs[0]?.detail).toBe(`container: ${"x".repeat(59)}…`);
  });
});

test.each<[string, string, WorkflowJobFacts["timeoutMinutes"]]>([
  ["none", "name: x", undefined],
  ["a number", "timeout-minutes: 10", 10],
  ["half a minute", "timeout-minutes: 0.5", 0.5],
  ["an expression", "timeout-minutes: ${{ fromJSON(vars.T) }}", "unknown"],
])("timeout-minutes: %s", async (_name, text, expected) => {
  expect((await job(`runs-on: mayfly\n${text}\n${steps}`)).timeoutMinutes).toBe(expected);
});

describe("what cannot be read", () => {
  const other = "a workflow that is not read from here";
  test.each([
    ["an empty file", "", /^line 1: ./],
    ["broken YAML", "on: push\njobs: [}", /^line 2: ./],
    [
      "what GitHub refuses",
      "on: push\njobs:\n  a: {runs-on: x, steps: [{run: y}], no-such-key: 1}",
      /^line 3: .*no-such-key/,
    ],
    ["no runs-on", `on: push\njobs:\n  a: {${steps}}`, /^line 3: .*runs-on/],
    [
      "an expression as an action",
      "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: ${{ x }}",
      /^line 6: /,
    ],
  ])("%s", async (_name, text, reason) => {
    const { jobs, unread } = await factsOf(text);
    expect(jobs).toEqual([]);
    expect(unread).toEqual([{ path, reason: expect.stringMatching(reason) }]);
  });

  test.each([
    ["o/r/.github/workflows/x.yml@v1", other],
    ["./.github/workflows/none.yml", "which is not among the workflow files"],
  ])("a called workflow %s", async (uses, why) => {
    const { jobs, unread } = await factsOf(`on: push\njobs:\n\n  call: {uses: ${uses}}\n  a: {runs-on: x, ${steps}}\n`);
    expect(jobs.map(({ key }) => key)).toEqual(["call", "a"]);
    expect(unread).toEqual([{ path, reason: `line 4: the job call calls ${uses}, ${why}` }]);
  });

  test("other files are read all the same", async () => {
    const { jobs, unread } = await workflowReader().facts([
      { path: "a.yml", text: "jobs: [}" },
      { path: "b.yml", text: `on: push\njobs:\n  a: {runs-on: x, ${steps}}\n` },
    ]);
    expect(unread.map((one) => one.path)).toEqual(["a.yml"]);
    expect(jobs.map((one) => one.path)).toEqual(["b.yml"]);
  });
});

describe("any text", () => {
  test("keys that JavaScript knows", async () => {
    const { jobs } = await factsOf(
      `on: push\njobs:\n  constructor: {runs-on: mayfly, ${steps}}\n  toString: {runs-on: x, ${steps}}\n`,
    );
    expect(jobs.map(({ key, labelSets }) => [key, labelSets])).toEqual([
      ["constructor", [["mayfly"]]],
      ["toString", [["x"]]],
    ]);
  });

  test("never rejects", async () => {
    const piece = constantFrom(
      ..."on: push\n|jobs:\n|  a:\n|    runs-on: |mayfly|\n|    steps:\n|      - run: |\n|        docker ps\n|&a |*a|${{|}}|[|]|{|}|matrix|'|\"|    strategy: {matrix: {a: [1]}}\n|    container: |- |\t|#".split(
        "|",
      ),
    );
    await assert(
      asyncProperty(array(piece, { maxLength: 30 }), async (pieces) => {
        const { jobs, unread } = await factsOf(pieces.join(""));
        expect(jobs.length + unread.length).toBeGreaterThanOrEqual(0);
        for (const { line, runsOn } of jobs) expect(Math.min(line, runsOn.line)).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
